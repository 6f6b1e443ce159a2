/** One tab at a time (Web Locks): a lock dies with its tab, so nothing stays locked after a crash. */

/** Runs `work` alone under this name, or answers `busy` at once when another tab is at it. */
export async function alone<T>(name: string, work: () => Promise<T>, busy: T): Promise<T> {
  const locks = globalThis.navigator?.locks
  if (!locks) return work()
  return locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : busy))
}
