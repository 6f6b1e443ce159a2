/** Records as they lie on the phone: reading, patching, storing and deleting them whole. */
import { changed, db } from './base'
import type { BlobRow, InstanceRow, Status } from './rows'

export async function getInstance(instanceId: string): Promise<InstanceRow | undefined> {
  return (await db()).get('instances', instanceId)
}

/** Records with one of these statuses (all when none is named), newest change first. */
export async function listInstances(...statuses: Status[]): Promise<InstanceRow[]> {
  const base = await db()
  const rows = statuses.length
    ? (await Promise.all(statuses.map((status) => base.getAllFromIndex('instances', 'status', status)))).flat()
    : await base.getAll('instances')
  return rows.sort((a, b) => b.updatedAt - a.updatedAt)
}

/** The edit of a returned (or refused) record that was begun on this phone, whatever its status. */
export async function editOf(instanceId: string): Promise<InstanceRow | undefined> {
  return (await listInstances()).find((row) => row.deprecatedId === instanceId)
}

/** Changes some columns of a record; answers the new row, or undefined when it is gone. */
export async function patchInstance(instanceId: string, patch: Partial<InstanceRow>): Promise<InstanceRow | undefined> {
  const tx = (await db()).transaction('instances', 'readwrite')
  const row = await tx.store.get(instanceId)
  const next = row && { ...row, ...patch }
  if (next) await tx.store.put(next)
  await tx.done
  changed()
  return next
}

/** Stores a record with exactly these files, all or nothing (records that come from the server). */
export async function putInstance(row: InstanceRow, blobs: BlobRow[]): Promise<void> {
  const tx = (await db()).transaction(['instances', 'blobs'], 'readwrite')
  const files = tx.objectStore('blobs')
  for (const key of await files.index('instanceId').getAllKeys(row.instanceId)) await files.delete(key)
  await tx.objectStore('instances').put(row)
  for (const blob of blobs) await files.put(blob)
  await tx.done
  changed()
}

/** Deletes records with their files. */
export async function deleteInstance(...instanceIds: string[]): Promise<void> {
  const tx = (await db()).transaction(['instances', 'blobs'], 'readwrite')
  for (const id of instanceIds) {
    await tx.objectStore('instances').delete(id)
    for (const key of await tx.objectStore('blobs').index('instanceId').getAllKeys(id)) {
      await tx.objectStore('blobs').delete(key)
    }
  }
  await tx.done
  changed()
}
