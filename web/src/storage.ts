/** Whether what lies on the phone is safe there: lasting storage, and room left (EXPECTATIONS F3). */
import { reactive } from 'vue'

/** Below this a few photos more may fail. */
const LOW = 60_000_000

interface Room {
  /** undefined: the browser does not say. */
  kept: boolean | undefined
  used: number | undefined
  all: number | undefined
}

export const room = reactive<Room>({ kept: undefined, used: undefined, all: undefined })

export const free = (): number | undefined =>
  room.all === undefined || room.used === undefined ? undefined : Math.max(0, room.all - room.used)
export const isLow = (): boolean => (free() ?? LOW) < LOW

export async function measure(): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined
  room.kept = await storage?.persisted?.().catch(() => undefined)
  const estimate = await storage?.estimate?.().catch(() => undefined)
  room.used = estimate?.usage
  room.all = estimate?.quota
}

/** Asks the browser not to delete our data by itself; answers whether it agreed. */
export async function askToKeep(): Promise<boolean> {
  const storage = navigator.storage as StorageManager | undefined
  const kept = (await storage?.persist?.().catch(() => false)) ?? false
  await measure()
  return kept
}
