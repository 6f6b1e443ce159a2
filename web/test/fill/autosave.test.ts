// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { autosave } from '../../src/fill/autosave'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(write = async (): Promise<void> => undefined) {
  const writes = vi.fn(write)
  const failed = vi.fn()
  return { writes, failed, saver: autosave(writes, failed) }
}

it('many changes in a row are one write, half a second after the last', async () => {
  const { writes, saver } = setUp()
  saver.touch()
  await vi.advanceTimersByTimeAsync(400)
  saver.touch()
  await vi.advanceTimersByTimeAsync(499)
  expect(writes).toHaveBeenCalledTimes(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(writes).toHaveBeenCalledTimes(1)
  await saver.stop()
})

it('a flush writes at once what is unwritten, and nothing twice', async () => {
  const { writes, saver } = setUp()
  await saver.flush()
  expect(writes).toHaveBeenCalledTimes(0)
  saver.touch()
  await saver.flush()
  await vi.advanceTimersByTimeAsync(1000)
  expect(writes).toHaveBeenCalledTimes(1)
  await saver.stop()
})

it('a change during a write is written after it, never beside it', async () => {
  let release = (): void => undefined
  let running = 0
  const { writes, saver } = setUp(async () => {
    expect(++running).toBe(1)
    await new Promise<void>((resolve) => (release = resolve))
    running--
  })
  saver.touch()
  const first = saver.flush()
  await vi.advanceTimersByTimeAsync(0)
  saver.touch()
  const second = saver.flush()
  release()
  await first
  await vi.advanceTimersByTimeAsync(0)
  release()
  await second
  expect(writes).toHaveBeenCalledTimes(2)
})

it('what failed stays unwritten: it is told, and the next flush tries again', async () => {
  let broken = true
  const { writes, failed, saver } = setUp(async () => {
    if (broken) throw new Error('full')
  })
  saver.touch()
  await vi.advanceTimersByTimeAsync(500)
  expect(failed).toHaveBeenCalledTimes(1)
  broken = false
  await saver.flush()
  expect(writes).toHaveBeenCalledTimes(2)
  await saver.stop()
})

it('a hidden page is written before it may be killed', async () => {
  const { writes, saver } = setUp()
  saver.touch()
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(0)
  expect(writes).toHaveBeenCalledTimes(1)
  saver.touch()
  window.dispatchEvent(new Event('pagehide'))
  await vi.advanceTimersByTimeAsync(0)
  expect(writes).toHaveBeenCalledTimes(2)
  await saver.stop()
})
