/** Files of records: photos, signatures, sketches. */
import { db } from './base'
import type { BlobRow } from './rows'

export async function putBlob(row: BlobRow): Promise<void> {
  await (await db()).put('blobs', row)
}

export async function getBlob(instanceId: string, name: string): Promise<BlobRow | undefined> {
  return (await db()).get('blobs', [instanceId, name])
}

export async function listBlobs(instanceId: string): Promise<BlobRow[]> {
  return (await db()).getAllFromIndex('blobs', 'instanceId', instanceId)
}

export async function deleteBlob(instanceId: string, name: string): Promise<void> {
  await (await db()).delete('blobs', [instanceId, name])
}

/** Gives all files of one record to another one too (a returned record and the edit made of it). */
export async function copyBlobs(from: string, to: string): Promise<void> {
  const tx = (await db()).transaction('blobs', 'readwrite')
  for (const row of await tx.store.index('instanceId').getAll(from)) {
    const copy: BlobRow = { ...row, instanceId: to }
    delete copy.sentAt
    await tx.store.put(copy)
  }
  await tx.done
}
