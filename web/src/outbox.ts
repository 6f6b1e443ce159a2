/**
 * Sends what is ready, and calls it sent only when the server's receipt matches (EXPECTATIONS F6, F7, F9; PROTOCOL §2.6).
 * Knows no page; a killed app, a cut line or a second tab change nothing in what the server ends up with.
 */
import { NoAnswer, Refusal, type Api } from './api'
import * as db from './db'
import { sha256 } from './hash'
import { alone } from './lock'

export interface Line {
  /** The API of an account; tests give their own. */
  apiFor(account: db.Account): Api
  now(): number
  /** Whether photos would go over Wi-Fi; undefined where the browser does not say. */
  onWifi(): boolean | undefined
  progress?(step: Progress | undefined): void
}

export interface Progress {
  instanceId: string
  /** Files of the record that are through, and all that had to go. */
  done: number
  total: number
}

/**
 * How a run ended: everything tried, no network, some records to be tried later, the server asks to wait, link revoked,
 * another tab at it, nobody enrolled.
 */
export type Ending = 'done' | 'noAnswer' | 'later' | 'wait' | 'revoked' | 'busy' | 'noAccount'

export interface Run {
  ending: Ending
  sent: number
  refused: number
  /** Records whose answers are at the server while their photos wait for Wi-Fi. */
  waiting: number
  /** Seconds the server asked us to wait. */
  retryAfter?: number
}

interface File {
  row: db.BlobRow
  sha256: string
}

/** A receipt that does not match what was sent. */
class Mismatch extends Error {
  constructor(readonly what: 'receipt.missing' | 'receipt.xml' | 'receipt.files', detail: string) {
    super(detail)
  }
}

/** A file of the record that this phone cannot read any more. */
class Unreadable extends Error {}

/** Rounds of sending after which a receipt that still lacks files makes the record `refused`. */
const PATIENCE = 5

export function xmlFormIdOf(row: db.InstanceRow): string {
  return row.formKey.split('@').slice(0, -2).join('@')
}

/** Runs the outbox once. With `photos`, photos go now whatever the remembered choice. */
export async function run(line: Line, { photos = false } = {}): Promise<Run> {
  return alone('sync', () => runAlone(line, photos), { ending: 'busy', sent: 0, refused: 0, waiting: 0 })
}

async function runAlone(line: Line, photos: boolean): Promise<Run> {
  await recover()
  const accounts = await allAccounts()
  const result: Run = { ending: accounts.length ? 'done' : 'noAccount', sent: 0, refused: 0, waiting: 0 }
  if (!accounts.length) return result
  const photosToo = photos || (await db.getSetting('sendMode')) !== 'answers' || line.onWifi() === true
  const queue = (await db.listInstances('ready')).sort((a, b) => (a.finalisedAt ?? 0) - (b.finalisedAt ?? 0))
  const dead = new Set(accounts.filter((account) => account.revokedAt).map((account) => account.token))
  for (const { instanceId } of queue) {
    const account = accountOf(await db.getInstance(instanceId), accounts)
    if (!account || dead.has(account.token)) continue
    if (!photosToo && (await onlyPhotosWait(instanceId))) {
      result.waiting += 1
      continue
    }
    const row = await db.claim(instanceId)
    if (!row) continue
    const ending = await sendOrSettle(row, account, line, photosToo, result)
    if (ending === 'noAnswer' || ending === 'wait') return { ...result, ending }
    if (ending === 'revoked') dead.add(account.token)
    if (ending === 'later') result.ending = 'later'
  }
  await forgetParked()
  return dead.size ? { ...result, ending: 'revoked' } : result
}

/** What was under way when the app died is ready again; holding the lock, nobody else is sending it. */
async function recover(): Promise<void> {
  for (const row of await db.listInstances('sending')) await db.patchInstance(row.instanceId, { status: 'ready' })
}

async function allAccounts(): Promise<db.Account[]> {
  const account = await db.getSetting('account')
  return [...(account ? [account] : []), ...((await db.getSetting('parked')) ?? [])]
}

function accountOf(row: db.InstanceRow | undefined, accounts: db.Account[]): db.Account | undefined {
  return row?.projectId === undefined ? accounts[0] : accounts.find((account) => account.projectId === row.projectId)
}

/** Accounts of other projects are kept only as long as something of theirs waits. */
async function forgetParked(): Promise<void> {
  const parked = (await db.getSetting('parked')) ?? []
  if (!parked.length) return
  const open = await db.listInstances('draft', 'ready', 'sending', 'refused', 'returned')
  const left = parked.filter((account) => open.some((row) => row.projectId === account.projectId))
  if (left.length < parked.length) await db.setSetting('parked', left)
}

async function onlyPhotosWait(instanceId: string): Promise<boolean> {
  const row = await db.getInstance(instanceId)
  return row?.xmlAcceptedAt !== undefined && (await loadOf(row)).files > 0
}

async function sendOrSettle(
  row: db.InstanceRow,
  account: db.Account,
  line: Line,
  photosToo: boolean,
  result: Run,
): Promise<Ending> {
  const api = line.apiFor(account)
  try {
    const complete = await send(row, api, line, photosToo)
    if (complete) result.sent += 1
    else result.waiting += 1
    return 'done'
  } catch (error) {
    return await settle(row, account, api, error, result)
  } finally {
    line.progress?.(undefined)
  }
}

/** Sends one record; true when its receipt matched, false when only its photos still wait. */
async function send(row: db.InstanceRow, api: Api, line: Line, photosToo: boolean): Promise<boolean> {
  const again = row.attempts > 0 || row.xmlAcceptedAt !== undefined
  const bytes = new TextEncoder().encode(row.xml)
  const xml = new Blob([bytes], { type: 'text/xml' })
  const xmlHash = await sha256(bytes)
  const files = await filesOf(row)
  const form = xmlFormIdOf(row)

  let receipt = again ? await api.receipt(form, row.instanceId) : null
  if (receipt && receipt.xmlSha256 !== xmlHash) throw new Refusal(409, '409.1', 'A different submission with the same instanceID is already stored.')
  if (!receipt) {
    await api.submit(xml, [], files.length > 0)
    // An edit inherits the files of its predecessor: ask before sending them again.
    if (row.mode === 'edit' && files.length > 0) receipt = await api.receipt(form, row.instanceId)
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
  if (missing.length || !receipt) receipt = await api.receipt(form, row.instanceId)
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

/** Decides what a failure means for this record and for the run. */
async function settle(row: db.InstanceRow, account: db.Account, api: Api, error: unknown, result: Run): Promise<Ending> {
  const ready = (code: string, text: string): Promise<unknown> =>
    db.patchInstance(row.instanceId, { status: 'ready', lastError: { code, text } })
  const refuse = async (code: string, text: string): Promise<Ending> => {
    result.refused += 1
    await db.patchInstance(row.instanceId, { status: 'refused', lastError: { code, text } })
    return 'done'
  }
  if (error instanceof NoAnswer) {
    await ready('network', error.message)
    return 'noAnswer'
  }
  if (error instanceof Unreadable) return refuse('unreadable', error.message)
  if (error instanceof Mismatch) {
    if (error.what === 'receipt.xml' || (row.lastError?.code === error.what && row.attempts >= PATIENCE)) {
      return refuse(error.what, error.message)
    }
    if (error.what === 'receipt.missing') await db.patchInstance(row.instanceId, { xmlAcceptedAt: undefined })
    await ready(error.what, error.message)
    return 'later'
  }
  if (error instanceof Refusal) {
    if (isTemporary(error.status)) {
      result.retryAfter = error.retryAfter
      await ready(error.code, error.message)
      return [429, 503, 507].includes(error.status) ? 'wait' : 'later'
    }
    if (error.status === 401 || error.status === 403) {
      await ready(error.code, error.message)
      const ending = await whyUnwelcome(account, api, Date.now())
      if (ending) return ending
    }
    return refuse(error.code, error.message)
  }
  await ready('app', String(error))
  throw error
}

function isTemporary(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}

/** Asks the feed: refused there too, the link itself is dead; undefined when only this one record is unwelcome. */
async function whyUnwelcome(account: db.Account, api: Api, now: number): Promise<Ending | undefined> {
  try {
    await api.changes()
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal) || isTemporary(error.status)) return 'noAnswer'
    await markRevoked(account.token, now)
    return 'revoked'
  }
}

/** Notes on the account that its link works no more; its records wait for a new link. */
export async function markRevoked(token: string, at: number | undefined): Promise<void> {
  const account = await db.getSetting('account')
  if (account?.token === token) await db.setSetting('account', { ...account, revokedAt: at && (account.revokedAt ?? at) })
  const parked = (await db.getSetting('parked')) ?? []
  if (parked.some((other) => other.token === token)) {
    await db.setSetting('parked', parked.map((other) => (other.token === token ? { ...other, revokedAt: at } : other)))
  }
}

/** Milliseconds until the next try by itself after `failures` in a row: 5 s, 10 s … 5 min, scattered by ±20 %. */
export function pause(failures: number, random: () => number = Math.random): number {
  const base = Math.min(5_000 * 2 ** Math.max(0, failures - 1), 300_000)
  return Math.round(base * (0.8 + 0.4 * random()))
}

/** Puts a refused record back in the queue as it is. */
export async function retry(instanceId: string): Promise<void> {
  await db.patchInstance(instanceId, { status: 'ready', lastError: undefined })
}

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
