/** Work for when the phone's user rests: after seconds without a touch, in steps, each when the browser is idle. */

export type Pause = (quiet?: Quiet) => Promise<boolean>
/** A step that takes a slow phone a second waits until its user surely looks elsewhere. */
type Quiet = keyof typeof QUIET_MS
/** How long nothing may have been touched. */
const QUIET_MS = { short: 1_000, long: 3_000 }
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'scroll'] as const

type Idle = (run: () => void) => void
/** jsdom has no idle time to offer. */
const idle: Idle = (run) => ('requestIdleCallback' in window ? requestIdleCallback(() => run()) : setTimeout(run, 50))

/** Starts `work` when all is quiet. It waits for `pause` between its steps, and ends when that answers false. */
export function whenAtRest(busy: () => boolean, work: (pause: Pause) => Promise<void>): () => void {
  let stopped = false
  let touched = performance.now()
  const touch = (): void => void (touched = performance.now())
  for (const name of TOUCHES) addEventListener(name, touch, { passive: true })

  async function pause(quiet: Quiet = 'short'): Promise<boolean> {
    const left = (): number => touched + QUIET_MS[quiet] - performance.now()
    while (!stopped) {
      if (left() <= 0 && !busy() && !document.hidden) {
        await new Promise<void>((resolve) => idle(resolve))
        if (left() <= 0) return !stopped
      }
      await new Promise((resolve) => setTimeout(resolve, left() > 0 ? left() : 1_000))
    }
    return false
  }
  void pause().then((on) => (on ? work(pause) : undefined))
  return () => {
    stopped = true
    for (const name of TOUCHES) removeEventListener(name, touch)
  }
}
