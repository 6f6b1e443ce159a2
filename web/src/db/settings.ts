/** Single values: the account, the feed's cursor, the worker's choices. */
import { changed, db } from './base'
import type { Settings } from './rows'

export async function getSetting<K extends keyof Settings>(key: K): Promise<Settings[K] | undefined> {
  return (await (await db()).get('kv', key))?.value as Settings[K] | undefined
}

export async function setSetting<K extends keyof Settings>(key: K, value: Settings[K]): Promise<void> {
  await (await db()).put('kv', { key, value })
  changed()
}

export async function deleteSetting(...keys: (keyof Settings)[]): Promise<void> {
  const tx = (await db()).transaction('kv', 'readwrite')
  await Promise.all([...keys.map((key) => tx.store.delete(key)), tx.done])
  changed()
}

/** The id of this phone, minted once; sent as `deviceID` and preloaded into forms. */
export async function deviceId(): Promise<string> {
  const tx = (await db()).transaction('kv', 'readwrite')
  const known = await tx.store.get('deviceId')
  const id = (known?.value as string | undefined) ?? `pokja:${crypto.randomUUID()}`
  if (!known) await tx.store.put({ key: 'deviceId', value: id })
  await tx.done
  return id
}

/** Forgets everything of this phone but its device id and language. */
export async function wipe(): Promise<void> {
  const base = await db()
  const tx = base.transaction(['forms', 'media', 'instances', 'blobs', 'kv'], 'readwrite')
  for (const name of ['forms', 'media', 'instances', 'blobs'] as const) await tx.objectStore(name).clear()
  for (const key of await tx.objectStore('kv').getAllKeys()) {
    if (key !== 'deviceId' && key !== 'lang') await tx.objectStore('kv').delete(key)
  }
  await tx.done
  changed()
}
