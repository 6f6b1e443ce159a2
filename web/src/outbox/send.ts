/** Sends one record: XML first, then a file a post, then the receipt (PROTOCOL §2.6). */
import { Refusal, type Api } from '../api'
import * as db from '../db'
import { sha256 } from '../hash'
import type { Line } from './terms'

interface File {
  row: db.BlobRow
  sha256: string
}

/** A receipt that does not match what was sent. */
export class Mismatch extends Error {
  constructor(readonly what: 'receipt.missing' | 'receipt.xml' | 'receipt.files', detail: string) {
    super(detail)
  }
}

/** A file of the record that this phone cannot read any more. */
export class Unreadable extends Error {}

export function xmlFormIdOf(row: db.InstanceRow): string {
  return row.formKey.split('@').slice(0, -2).join('@')
}

/** Sends one record; true when its receipt matched, false when only its photos still wait. */
export async function send(row: db.InstanceRow, api: Api, line: Line, photosToo: boolean): Promise<boolean> {
  const again = row.attempts > 0 || row.xmlAcceptedAt !== undefined
  const bytes = new TextEncoder().encode(row.xml)
  const xml = new Blob([bytes], { type: 'text/xml' })
  const xmlHash = await sha256(bytes)
  const files = await filesOf(row)
  const form = xmlFormIdOf(row)

  let receipt = again ? await api.receipt(form, row.instanceId, xmlHash) : null
  if (receipt && receipt.xmlSha256 !== xmlHash) throw new Refusal(409, '409.1', 'A different submission with the same instanceID is already stored.')
  if (!receipt) {
    await api.submit(xml, [], files.length > 0)
    // An edit inherits the files of its predecessor: ask before sending them again.
    if (row.mode === 'edit' && files.length > 0) receipt = await api.receipt(form, row.instanceId, xmlHash)
  }
  await db.patchInstance(row.instanceId, { xmlAcceptedAt: row.xmlAcceptedAt ?? line.now() })

  const missing = files.filter((file) => !holds(receipt, file))
  if (missing.length && !photosToo) {
    await db.patchInstance(row.instanceId, { status: 'ready', lastError: undefined })
    return false
  }
  for (const [index, file] of missing.entries()) {
    line.progress?.({ instanceId: row.instanceId, done: index, total: missing.length })
    await api.submit(xml, [{ name: file.row.name, blob: file.row.blob }], index < missing.length - 1)
    await db.putBlob({ ...file.row, sha256: file.sha256, sentAt: line.now() })
  }
  if (missing.length || !receipt) receipt = await api.receipt(form, row.instanceId, xmlHash)
  await settleReceipt(row, receipt, xmlHash, files, line.now())
  return true
}

/** The files the XML names, read whole now: a file the phone lost must not look like a lost network. */
async function filesOf(row: db.InstanceRow): Promise<File[]> {
  const named = (await db.listBlobs(row.instanceId)).filter((blob) => db.mentions(row.xml, blob.name))
  return Promise.all(
    named.map(async (blob) => {
      const bytes = await blob.blob.arrayBuffer().catch((error: unknown) => {
        throw new Unreadable(`${blob.name}: ${String(error)}`)
      })
      const copy = new Blob([bytes], { type: blob.type })
      return { row: { ...blob, blob: copy, size: bytes.byteLength }, sha256: await sha256(bytes) }
    }),
  )
}

function holds(receipt: db.Receipt | null, file: File): boolean {
  return receipt?.attachments.some((there) => there.name === file.row.name && there.sha256 === file.sha256) ?? false
}

async function settleReceipt(
  row: db.InstanceRow,
  receipt: db.Receipt | null,
  xmlHash: string,
  files: File[],
  now: number,
): Promise<void> {
  if (!receipt) throw new Mismatch('receipt.missing', 'the server does not know what it has just accepted')
  if (receipt.xmlSha256 !== xmlHash) throw new Mismatch('receipt.xml', `${receipt.xmlSha256} instead of ${xmlHash}`)
  const wrong = files.filter((file) => !holds(receipt, file))
  if (wrong.length) throw new Mismatch('receipt.files', wrong.map((file) => file.row.name).join(', '))
  await db.patchInstance(row.instanceId, {
    status: 'sent',
    sentAt: now,
    updatedAt: now,
    receipt,
    reviewState: receipt.reviewState ?? undefined,
    lastError: undefined,
    comments: undefined,
    reason: undefined,
  })
  // The version it corrects is history now; the server keeps the chain.
  if (row.deprecatedId) await db.deleteInstance(row.deprecatedId)
}
