import { describe, expect, it } from 'vitest'
import { editText, readableNumber, readNumber, type Reading } from '../../src/fill/numbers'

const number = (value: string): Reading => ({ kind: 'number', value })
const fault = (code: 'notANumber' | 'notWhole' | 'tooBig'): Reading => ({ kind: 'fault', fault: code })

describe('a whole number as typed', () => {
  it.each<[string, Reading]>([
    ['', { kind: 'empty' }],
    ['   ', { kind: 'empty' }],
    ['0', number('0')],
    ['007', number('7')],
    ['-5', number('-5')],
    ['−5', number('-5')],
    ['+5', number('5')],
    ['132.495', number('132495')],
    ['132,495', number('132495')],
    ['1.234.567', number('1234567')],
    ['132 495', number('132495')],
    ['2147483647', number('2147483647')],
    ['-2147483648', number('-2147483648')],
    ['2147483648', fault('tooBig')],
    ['1906010101900001', fault('tooBig')],
    ['1,5', fault('notWhole')],
    ['1.5', fault('notWhole')],
    ['12.34.567', fault('notWhole')],
    ['0.500', fault('notWhole')],
    ['5 anak', fault('notANumber')],
    ['1e5', fault('notANumber')],
    ['-', fault('notANumber')],
    ['.', fault('notANumber')],
    ['5-3', fault('notANumber')],
  ])('%j', (typed, reading) => expect(readNumber(typed, 'int', 'id')).toEqual(reading))
})

describe('a decimal number as typed in Indonesian', () => {
  it.each<[string, Reading]>([
    ['61,5', number('61.5')],
    ['61.5', number('61.5')],
    ['6,', number('6')],
    ['6', number('6')],
    [',5', number('0.5')],
    ['0,125', number('0.125')],
    ['1,234', number('1.234')],
    ['1.234', { kind: 'ambiguous', whole: '1234', fraction: '1.234' }],
    ['-1.234', { kind: 'ambiguous', whole: '-1234', fraction: '-1.234' }],
    ['0.123', number('0.123')],
    ['1234.567', number('1234.567')],
    ['1.234,5', number('1234.5')],
    ['1,234.5', number('1234.5')],
    ['1.234.567', number('1234567')],
    ['1.23,4.5', fault('notANumber')],
    ['1,2,3', fault('notANumber')],
    ['61,5%', fault('notANumber')],
  ])('%j', (typed, reading) => expect(readNumber(typed, 'decimal', 'id')).toEqual(reading))
})

it('in English the point decides and the comma is doubtful', () => {
  expect(readNumber('1.234', 'decimal', 'en')).toEqual(number('1.234'))
  expect(readNumber('1,234', 'decimal', 'en').kind).toBe('ambiguous')
})

it.each([
  ['6.0', '6'],
  ['61.5', '61,5'],
  ['0.50', '0,50'],
  ['-3', '-3'],
  ['', ''],
])('the stored %j stands in the box as %j', (value, text) => expect(editText(value, 'id')).toBe(text))

it.each([
  ['132495', '132.495'],
  ['132495.5', '132.495,5'],
  ['999', '999'],
  ['-1234567', '-1.234.567'],
])('%j reads %j', (value, text) => expect(readableNumber(value, 'id')).toBe(text))

it('what stands in the box is read back as the same number', () => {
  for (const value of ['6.0', '61.5', '1.234', '1234', '-0.5', '132495']) {
    const reading = readNumber(editText(value, 'id'), 'decimal', 'id')
    expect(reading.kind === 'number' && Number(reading.value)).toBe(Number(value))
  }
})
