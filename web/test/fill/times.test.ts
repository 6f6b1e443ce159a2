import { expect, it } from 'vitest'
import { dateTimeInput, offsetOf, storedDateTime, storedTime, timeInput } from '../../src/fill/times'

const offset = offsetOf(new Date(2026, 10, 24))

it('an offset is written with sign, hours and minutes', () => expect(offset).toMatch(/^[+-]\d\d:\d\d$/))

it('a picked time gets seconds and the offset, and comes back as picked', () => {
  const stored = storedTime('13:45', new Date(2026, 10, 24))
  expect(stored).toBe(`13:45:00.000${offset}`)
  expect(timeInput(stored)).toBe('13:45')
})

it('a picked moment gets seconds and the offset of its day, and comes back as picked', () => {
  const stored = storedDateTime('2026-11-24T10:00')
  expect(stored).toBe(`2026-11-24T10:00:00.000${offset}`)
  expect(dateTimeInput(stored)).toBe('2026-11-24T10:00')
})

it('a moment from another zone is shown on this clock', () => {
  const moment = new Date('2026-11-24T03:00:00.000Z')
  expect(new Date(dateTimeInput('2026-11-24T03:00:00.000Z')).getTime()).toBe(moment.getTime())
})

it('nothing stays nothing', () => {
  expect([storedTime(''), storedDateTime(''), storedDateTime('2026-11-24'), timeInput(''), dateTimeInput('')]).toEqual(['', '', '', '', ''])
})
