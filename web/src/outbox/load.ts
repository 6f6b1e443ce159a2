/** How much a record still has to send (EXPECTATIONS F7). */
import * as db from '../db'

export interface Load {
  /** Bytes of XML that have not arrived yet, and of photos that have not. */
  answers: number
  photos: number
  files: number
}

/** What is still to travel, per record (F7). */
export async function loadOf(row: db.InstanceRow): Promise<Load> {
  const files = (await db.listBlobs(row.instanceId)).filter((blob) => !blob.sentAt && db.mentions(row.xml, blob.name))
  return {
    answers: row.xmlAcceptedAt ? 0 : new TextEncoder().encode(row.xml).length,
    photos: files.reduce((sum, file) => sum + file.size, 0),
    files: files.length,
  }
}
