// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { likely } from '../src/fill/ready'
import { whenAtRest, type Pause } from '../src/rest'
import { draft } from './records'

vi.mock('../src/engine', () => ({}))

let busy = false
beforeEach(() => {
  busy = false
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => vi.useRealTimers())

const touch = (): boolean => dispatchEvent(new Event('pointerdown'))

test('work starts when the app was left alone for a second, and not before', async () => {
  const work = vi.fn(async () => undefined)
  whenAtRest(() => busy, work)
  await vi.advanceTimersByTimeAsync(900)
  touch()
  await vi.advanceTimersByTimeAsync(900)
  expect(work).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(400)
  expect(work).toHaveBeenCalledTimes(1)
})

test('work waits while the app is busy', async () => {
  busy = true
  const work = vi.fn(async () => undefined)
  whenAtRest(() => busy, work)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(work).not.toHaveBeenCalled()
  busy = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(work).toHaveBeenCalledTimes(1)
})

test('a touch between two steps delays the next, and longer before a long one', async () => {
  const steps: string[] = []
  whenAtRest(() => busy, async (pause: Pause) => {
    steps.push('first')
    if (await pause()) steps.push('short')
    if (await pause('long')) steps.push('long')
  })
  await vi.advanceTimersByTimeAsync(1_060)
  expect(steps).toEqual(['first'])
  touch()
  await vi.advanceTimersByTimeAsync(1_200)
  expect(steps).toEqual(['first', 'short'])
  await vi.advanceTimersByTimeAsync(2_200)
  expect(steps).toEqual(['first', 'short', 'long'])
})

test('stopped, it does nothing more and tells the work so', async () => {
  const told: boolean[] = []
  const stop = whenAtRest(() => busy, async (pause: Pause) => void told.push(await pause('long')))
  await vi.advanceTimersByTimeAsync(1_100)
  stop()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(told).toEqual([false])
})

test('the form made ready is that of the record worked on last, else the first on offer', () => {
  const form = (key: string) => ({ key }) as never
  expect(likely([], [])).toBeUndefined()
  expect(likely([], [form('a'), form('b')])).toBe('a')
  const rows = [{ ...draft('1'), formKey: 'old', updatedAt: 1 }, { ...draft('2'), formKey: 'new', updatedAt: 2 }]
  expect(likely(rows, [form('a')])).toBe('new')
})
