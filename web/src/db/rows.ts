/** The rows that the phone keeps (WEBFORMS §6; EXPECTATIONS F1–F3). */

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
