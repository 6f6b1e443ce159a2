/** The phone's memory: the only module that touches IndexedDB (WEBFORMS §6; EXPECTATIONS F1–F3). */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

export type Status = 'draft' | 'ready' | 'sending' | 'sent' | 'refused' | 'returned'

/** A remark of a reviewer; `path` is a field path without the root element, null for the whole record. */
export interface Comment {
  path: string | null
  body: string
  at: string
}

/** What the server says it holds of a submission; hashes are lower-case hex SHA-256. */
export interface Receipt {
  instanceId: string
  xmlSha256: string
  receivedAt: string
  reviewState: string | null
  attachments: { name: string; sha256: string; size: number }[]
}

export interface FormRow {
  /** `id@version@hash8`; see `formKey`. */
  key: string
  xmlFormId: string
  version: string
  name: string
  /** MD5 of the XML's bytes, lower-case hex, as in OpenRosa's form list. */
  hash: string
  xml: string
  languages?: string[]
  areaField?: string
  periodField?: string
  projectId?: number
  /** Offered for new records; older versions stay while a record uses them. */
  current: boolean
}

/** An attachment of a form (CSV list, picture of a label). */
export interface MediaRow {
  formKey: string
  name: string
  hash: string
  type: string
  blob: Blob
}

export interface InstanceRow {
  instanceId: string
  /** instanceID of the first version of the chain; the same as `instanceId` for a new record. */
  rootId: string
  formKey: string
  mode: 'new' | 'edit'
  status: Status
  /** Exactly what is sent: the UTF-8 bytes of this text. */
  xml: string
  deprecatedId?: string
  title: string
  village?: string
  /** Reference of the question shown last. */
  page?: string
  /** Typed text that its question cannot take (yet), by reference: never lost, never sent. */
  unread?: Record<string, { text: string; fault: string }>
  lang?: string
  createdAt: number
  updatedAt: number
  finalisedAt?: number
  sentAt?: number
  attempts: number
  lastError?: { code: string; text: string }
  comments?: Comment[]
  reason?: string
  receipt?: Receipt
  reviewState?: string
  /** Project of the account it was made under: it is sent by an account of that project only. */
  projectId?: number
  /** The server has answered 201 to this XML at least once. */
  xmlAcceptedAt?: number
  /** A safety copy was exported then (F3). */
  copiedAt?: number
  /** Returned: when the reviewer decided, ISO UTC. */
  returnedAt?: string
}

/** A file of a record: photo, signature … */
export interface BlobRow {
  instanceId: string
  name: string
  blob: Blob
  type: string
  size: number
  sha256?: string
  sentAt?: number
}

export interface Account {
  token: string
  projectId: number
  displayName: string
  projectName: string
  /** When the server first answered that this link no longer works. */
  revokedAt?: number
}

export interface Village {
  code: string
  name: string
  subdistrict: string
  subdistrictCode: string
  lat: number | null
  lon: number | null
}

/** `all`: XML and photos over any network. `answers`: photos wait for Wi-Fi or for the worker's word (F7). */
export type SendMode = 'all' | 'answers'

export interface Settings {
  account: Account
  /** Accounts of other projects that still have something to send. */
  parked: Account[]
  deviceId: string
  lang: string
  cursor: string
  villages: Village[]
  lastSync: number
  sendMode: SendMode
  installDismissed: number
  storageDismissed: number
  lastBackup: number
}

interface Schema extends DBSchema {
  forms: { key: string; value: FormRow }
  media: { key: [string, string]; value: MediaRow; indexes: { formKey: string } }
  instances: { key: string; value: InstanceRow; indexes: { status: Status; rootId: string } }
  blobs: { key: [string, string]; value: BlobRow; indexes: { instanceId: string } }
  kv: { key: string; value: { key: string; value: unknown } }
}

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

const NAME = 'pokja'
let opened: Promise<IDBPDatabase<Schema>> | undefined

function db(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(NAME, 1, {
    upgrade(base) {
      base.createObjectStore('forms', { keyPath: 'key' })
      base.createObjectStore('media', { keyPath: ['formKey', 'name'] }).createIndex('formKey', 'formKey')
      const instances = base.createObjectStore('instances', { keyPath: 'instanceId' })
      instances.createIndex('status', 'status')
      instances.createIndex('rootId', 'rootId')
      base.createObjectStore('blobs', { keyPath: ['instanceId', 'name'] }).createIndex('instanceId', 'instanceId')
      base.createObjectStore('kv', { keyPath: 'key' })
    },
    // A newer tab wants to upgrade: let go, the next call opens again.
    blocking: (_current, _blocked, event) => {
      ;(event.target as IDBDatabase).close()
      opened = undefined
    },
    terminated: () => (opened = undefined),
  }).catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return opened
}

// ---- changes, told to this tab and to the others ----

type Listener = () => void
const listeners = new Set<Listener>()
const channel = typeof window === 'undefined' ? undefined : new BroadcastChannel(NAME)
const tellHere = (): void => listeners.forEach((listener) => listener())
channel?.addEventListener('message', tellHere)

function changed(): void {
  tellHere()
  channel?.postMessage('changed')
}

/** Calls `listener` after every write, of this tab or another; answers the function that stops it. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

// ---- settings ----

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

// ---- forms ----

export function formKey(xmlFormId: string, version: string, hash: string): string {
  return `${xmlFormId}@${version}@${hash.slice(0, 8)}`
}

export async function getForm(key: string): Promise<FormRow | undefined> {
  return (await db()).get('forms', key)
}

export async function listForms(): Promise<FormRow[]> {
  return (await db()).getAll('forms')
}

/** The forms offered for new records, by name. */
export async function currentForms(): Promise<FormRow[]> {
  const forms = await listForms()
  return forms.filter((form) => form.current).sort((a, b) => a.name.localeCompare(b.name))
}

/** Stores a form with exactly these attachments, all or nothing; a current one replaces the current one of its id. */
export async function putForm(form: FormRow, media: Omit<MediaRow, 'formKey'>[]): Promise<void> {
  const tx = (await db()).transaction(['forms', 'media'], 'readwrite')
  const forms = tx.objectStore('forms')
  const files = tx.objectStore('media')
  for (const other of await forms.getAll()) {
    if (form.current && other.current && other.xmlFormId === form.xmlFormId) await forms.put({ ...other, current: false })
  }
  for (const key of await files.index('formKey').getAllKeys(form.key)) await files.delete(key)
  await forms.put(form)
  for (const file of media) await files.put({ ...file, formKey: form.key })
  await tx.done
  changed()
}

/** Marks exactly these keys as current. */
export async function setCurrentForms(keys: string[]): Promise<void> {
  const tx = (await db()).transaction('forms', 'readwrite')
  for (const form of await tx.store.getAll()) {
    const current = keys.includes(form.key)
    if (form.current !== current) await tx.store.put({ ...form, current })
  }
  await tx.done
  changed()
}

/** Deletes forms that are not offered any more and that no record on this phone uses. */
export async function dropUnusedForms(): Promise<void> {
  const tx = (await db()).transaction(['forms', 'media', 'instances'], 'readwrite')
  const used = new Set((await tx.objectStore('instances').getAll()).map((row) => row.formKey))
  const forms = tx.objectStore('forms')
  const media = tx.objectStore('media')
  for (const form of await forms.getAll()) {
    if (form.current || used.has(form.key)) continue
    await forms.delete(form.key)
    for (const key of await media.index('formKey').getAllKeys(form.key)) await media.delete(key)
  }
  await tx.done
}

export async function getMedia(key: string, name: string): Promise<MediaRow | undefined> {
  return (await db()).get('media', [key, name])
}

export async function listMedia(key: string): Promise<MediaRow[]> {
  return (await db()).getAllFromIndex('media', 'formKey', key)
}

// ---- instances ----

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

// ---- files of records ----

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

// ---- everything ----

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
