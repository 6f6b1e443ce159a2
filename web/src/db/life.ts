/** The steps of a record's life: draft, finalised, opened again, taken for sending. */
import { changed, db } from './base'
import type { Account, BlobRow, InstanceRow, Status } from './rows'

/** Thrown when a record that is finalised, under way or sent would be overwritten as a draft. */
export class NotADraft extends Error {
  constructor(
    readonly instanceId: string,
    readonly status: Status,
  ) {
    super(`Record ${instanceId} is ${status}, not a draft: call reopen() first`)
    this.name = 'NotADraft'
  }
}

/**
 * Saves a draft and these files of it in one transaction; other files of the record stay.
 * Raises NotADraft when the record has meanwhile been finalised (perhaps in another tab).
 */
export async function saveDraft(row: InstanceRow, blobs: BlobRow[] = []): Promise<void> {
  const tx = (await db()).transaction(['instances', 'blobs', 'kv'], 'readwrite')
  const before = await tx.objectStore('instances').get(row.instanceId)
  if (before && before.status !== 'draft') {
    tx.abort()
    await tx.done.catch(() => undefined)
    throw new NotADraft(row.instanceId, before.status)
  }
  const account = (await tx.objectStore('kv').get('account'))?.value as Account | undefined
  await tx.objectStore('instances').put({
    ...row,
    status: 'draft',
    updatedAt: Date.now(),
    projectId: row.projectId ?? before?.projectId ?? account?.projectId,
    copiedAt: row.copiedAt ?? before?.copiedAt,
    // What the feed brought while the record was open must not be undone by the page's older copy.
    comments: before?.comments ?? row.comments,
    reason: before?.reason ?? row.reason,
  })
  for (const blob of blobs) await tx.objectStore('blobs').put(blob)
  await tx.done
  changed()
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Whether an element of the instance holds this file name as its text. */
export function mentions(xml: string, fileName: string): boolean {
  return xml.includes(`>${fileName.replace(/[&<>]/g, (mark) => ESCAPES[mark] ?? mark)}<`)
}

/**
 * Turns a draft into a record ready to send, in one transaction; files its XML does not name are dropped.
 * Raises NotADraft when it is none (any more), Error when it is unknown.
 */
export async function finalise(
  instanceId: string,
  last: Pick<InstanceRow, 'xml'> & Partial<Pick<InstanceRow, 'title' | 'village' | 'deprecatedId'>>,
): Promise<InstanceRow> {
  const tx = (await db()).transaction(['instances', 'blobs'], 'readwrite', { durability: 'strict' })
  const store = tx.objectStore('instances')
  const row = await store.get(instanceId)
  if (!row || row.status !== 'draft') {
    tx.abort()
    await tx.done.catch(() => undefined)
    throw row ? new NotADraft(instanceId, row.status) : new Error(`No record ${instanceId} on this phone`)
  }
  const now = Date.now()
  const next: InstanceRow = { ...row, ...last, status: 'ready', updatedAt: now, finalisedAt: now, attempts: 0 }
  delete next.lastError
  delete next.page
  delete next.unread
  await store.put(next)
  const files = tx.objectStore('blobs')
  for (const key of await files.index('instanceId').getAllKeys(instanceId)) {
    if (!mentions(next.xml, key[1])) await files.delete(key)
  }
  await tx.done
  changed()
  return next
}

/**
 * How a record must be opened to be changed: `edit` when the server holds this very instanceID, so that changed answers
 * need a new one with this as `deprecatedId`; `restore` when, as far as the phone knows, it never arrived.
 */
export function opensAs(row: InstanceRow): 'restore' | 'edit' {
  const known = row.xmlAcceptedAt !== undefined || (row.status === 'refused' && row.lastError?.code === '409.1')
  return row.status === 'returned' || row.status === 'sent' || known ? 'edit' : 'restore'
}

/**
 * Makes a finalised record that never arrived a draft again; answers whether it is one now.
 * If not, it must be opened as an edit: see `opensAs`.
 */
export async function reopen(instanceId: string): Promise<boolean> {
  const tx = (await db()).transaction('instances', 'readwrite')
  const row = await tx.store.get(instanceId)
  const can = row !== undefined && (row.status === 'ready' || row.status === 'refused') && opensAs(row) === 'restore'
  if (can) await tx.store.put({ ...row, status: 'draft', updatedAt: Date.now() })
  await tx.done
  changed()
  return can || row?.status === 'draft'
}

/** Takes a ready record for sending; undefined when it is not ready any more (reopened or deleted meanwhile). */
export async function claim(instanceId: string): Promise<InstanceRow | undefined> {
  const tx = (await db()).transaction('instances', 'readwrite', { durability: 'strict' })
  const row = await tx.store.get(instanceId)
  const mine = row?.status === 'ready'
  if (mine) await tx.store.put({ ...row, status: 'sending', attempts: row.attempts + 1 })
  await tx.done
  changed()
  return mine ? row : undefined
}
