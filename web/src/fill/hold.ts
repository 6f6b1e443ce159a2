/** One tab at a time writes a record: two would overwrite each other's answers. */
import { NotOpened } from './record'

/** How long an earlier page of this tab may take to save and let go. */
const PATIENCE_MS = 1500

export interface Hold {
  /** False when another page had it until now: what was read before may be old. */
  atOnce: boolean
  release(): void
}

/** Holds a record until released or until the page dies; raises NotOpened when another tab keeps it. */
export async function hold(instanceId: string): Promise<Hold> {
  const name = `record:${instanceId}`
  const free = await taken(name, { ifAvailable: true })
  if (free) return { atOnce: true, release: free }
  const waiting = new AbortController()
  const timer = setTimeout(() => waiting.abort(), PATIENCE_MS)
  const late = await taken(name, { signal: waiting.signal }).catch(() => null)
  clearTimeout(timer)
  if (!late) throw new NotOpened('otherTab')
  return { atOnce: false, release: late }
}

/** The function that lets go, or null when the lock was not free. */
function taken(name: string, options: LockOptions): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, options, (lock) => {
        if (!lock) return resolve(null)
        return new Promise<void>((release) => resolve(() => release()))
      })
      .catch(reject)
  })
}
