/** Safety copies: records with their files as one ZIP in the phone's downloads (EXPECTATIONS F3, F9). */
import { downloadZip } from 'client-zip'
import * as db from './db'

interface Entry {
  name: string
  input: string | Blob
  lastModified: Date
}

const safe = (text: string): string => text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '').slice(0, 60) || 'catatan'

/** One folder a record: submission.xml and its files, as ODK's Briefcase lays them out; beside them what the phone knows. */
async function entriesOf(row: db.InstanceRow): Promise<Entry[]> {
  const folder = `instances/${safe(row.title)}_${safe(row.instanceId.replace(/^uuid:/, ''))}`
  const lastModified = new Date(row.updatedAt)
  const { xml, ...known } = row
  const files = await db.listBlobs(row.instanceId)
  return [
    { name: `${folder}/submission.xml`, input: xml, lastModified },
    { name: `${folder}/catatan.json`, input: JSON.stringify(known, null, 2), lastModified },
    ...files.map((file) => ({ name: `${folder}/${file.name.replace(/[\\/]/g, '_')}`, input: file.blob, lastModified })),
  ]
}

export async function zipOf(rows: db.InstanceRow[]): Promise<Blob> {
  const entries = (await Promise.all(rows.map(entriesOf))).flat()
  return downloadZip(entries).blob()
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const anchor = Object.assign(document.createElement('a'), { href: url, download: name })
  document.body.append(anchor)
  anchor.click()
  anchor.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Saves these records, marks them as copied, and answers the file's name. */
export async function saveCopy(rows: db.InstanceRow[], now = Date.now()): Promise<string> {
  const stamp = new Date(now - new Date(now).getTimezoneOffset() * 60_000).toISOString().slice(0, 16).replace(/[T:]/g, '-')
  const only = rows.length === 1 ? rows[0] : undefined
  const name = only ? `pokja-${safe(only.title)}-${stamp}.zip` : `pokja-cadangan-${stamp}.zip`
  download(await zipOf(rows), name)
  for (const row of rows) await db.patchInstance(row.instanceId, { copiedAt: now })
  if (!only) await db.setSetting('lastBackup', now)
  return name
}
