/**
 * Brings forms, villages, returned and decided records to the phone, so that all of it opens offline (EXPECTATIONS F1, F8).
 * Each form and each returned record is stored whole or not at all; the feed's cursor moves only when everything was.
 */
import { NoAnswer, Refusal, type Api, type Feed, type FeedDecided, type FeedFile, type FeedForm, type FeedReturned } from './api'
import * as db from './db'
import { md5Hex, sha256 } from './hash'
import { alone } from './lock'

/** Something of the feed that could not be stored this time; tried again at the next sync. */
export interface Lack {
  what: 'form' | 'returned'
  name: string
  why: 'network' | 'damaged' | 'refused' | 'noForm' | 'underWay'
  detail: string
}

/** A download whose bytes are not those the server promised. */
export class Damaged extends Error {}
class NoForm extends Error {}

const DAY = 86_400_000
const KEEP_SENT = 30 * DAY
const KEEP_PHOTOS = 14 * DAY

/** Asks the feed and stores what it brings; answers what could not be stored. Undefined: another tab is at it. */
export async function refresh(api: Api, now: number): Promise<Lack[] | undefined> {
  return alone('library', () => refreshAlone(api, now), undefined)
}

async function refreshAlone(api: Api, now: number): Promise<Lack[]> {
  const feed = await api.changes(await db.getSetting('cursor'))
  const lacks: Lack[] = []
  if (feed.account) await takeAccount(feed.account)
  if (feed.villages) await db.setSetting('villages', feed.villages)
  if (feed.forms) lacks.push(...(await takeForms(api, feed.forms)))
  if (feed.decided) await takeDecided(feed.decided)
  if (feed.returned) lacks.push(...(await takeReturned(api, feed.returned, now)))
  if (!lacks.length) await db.setSetting('cursor', feed.cursor)
  await db.setSetting('lastSync', now)
  await prune(now)
  return lacks
}

async function takeAccount(told: NonNullable<Feed['account']>): Promise<void> {
  const account = await db.getSetting('account')
  if (!account) return
  const next = { ...account, displayName: told.displayName, projectName: told.projectName }
  await db.setSetting('account', next)
}

function lack(what: Lack['what'], name: string, error: unknown): Lack {
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof Damaged) return { what, name, why: 'damaged', detail }
  if (error instanceof NoForm) return { what, name, why: 'noForm', detail }
  if (error instanceof Refusal) return { what, name, why: 'refused', detail }
  if (error instanceof NoAnswer) return { what, name, why: 'network', detail }
  throw error
}

// ---- forms ----

async function takeForms(api: Api, offered: FeedForm[]): Promise<Lack[]> {
  const before = await db.currentForms()
  const lacks: Lack[] = []
  const current: string[] = []
  for (const form of offered) {
    const key = db.formKey(form.xmlFormId, form.version, hashOf(form.hash))
    try {
      await takeForm(api, form, key)
      current.push(key)
    } catch (error) {
      lacks.push(lack('form', form.name, error))
      // The version that is here stays on offer until the new one is whole.
      current.push(...before.filter((old) => old.xmlFormId === form.xmlFormId).map((old) => old.key))
    }
  }
  await db.setCurrentForms(current)
  return lacks
}

const hashOf = (hash: string): string => hash.replace(/^md5:/, '').toLowerCase()

async function takeForm(api: Api, offered: FeedForm, key: string): Promise<void> {
  const known = await db.getForm(key)
  const media = await mediaOf(api, offered, key)
  if (known && media === 'unchanged' && known.areaField === (offered.areaField ?? undefined)) return
  const xml = known?.xml ?? (await formXml(api, offered))
  const account = await db.getSetting('account')
  const row: db.FormRow = {
    key,
    xmlFormId: offered.xmlFormId,
    version: offered.version,
    name: offered.name,
    hash: hashOf(offered.hash),
    xml,
    areaField: offered.areaField ?? undefined,
    periodField: offered.periodField ?? undefined,
    projectId: account?.projectId,
    current: true,
  }
  await db.putForm(row, media === 'unchanged' ? await db.listMedia(key) : media)
}

async function formXml(api: Api, offered: FeedForm): Promise<string> {
  const bytes = await api.bytes(offered.downloadUrl)
  const found = md5Hex(bytes)
  if (found !== hashOf(offered.hash)) throw new Damaged(`form ${offered.xmlFormId}: MD5 ${found}, not ${offered.hash}`)
  return new TextDecoder().decode(bytes)
}

/** The form's attachments as the feed names them; what is here already under the same hash is not fetched again. */
async function mediaOf(api: Api, offered: FeedForm, key: string): Promise<db.MediaRow[] | 'unchanged'> {
  const here = await db.listMedia(key)
  const same = (file: FeedFile) => (row: db.MediaRow): boolean => row.name === file.name && row.hash === hashOf(file.hash)
  const complete = offered.attachments.every((file) => here.some(same(file)))
  if (complete && here.length === offered.attachments.length) return 'unchanged'
  const older = (await db.listForms()).filter((form) => form.xmlFormId === offered.xmlFormId)
  const kept = (await Promise.all(older.map((form) => db.listMedia(form.key)))).flat()
  const rows: db.MediaRow[] = []
  for (const file of offered.attachments) {
    const known = kept.find(same(file))
    const blob = known?.blob ?? (await attachment(api, file))
    rows.push({ formKey: key, name: file.name, hash: hashOf(file.hash), type: blob.type, blob })
  }
  return rows
}

/** A list of entities carries a token instead of the MD5 of its bytes (PROTOCOL §2.3): its size must do. */
async function attachment(api: Api, file: FeedFile): Promise<Blob> {
  const bytes = await api.bytes(file.downloadUrl)
  const isList = /entityList/i.test(file.type)
  const found = md5Hex(bytes)
  if (!isList && found !== hashOf(file.hash)) throw new Damaged(`${file.name}: MD5 ${found}, not ${file.hash}`)
  return new Blob([bytes], { type: mediaType(file) })
}

const TYPES: Record<string, string> = {
  csv: 'text/csv', xml: 'text/xml', geojson: 'application/geo+json', jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png',
  gif: 'image/gif', webp: 'image/webp', svg: 'image/svg+xml', mp3: 'audio/mpeg', wav: 'audio/wav', ogg: 'audio/ogg',
  m4a: 'audio/mp4', mp4: 'video/mp4', webm: 'video/webm', pdf: 'application/pdf',
}

function mediaType(file: { name: string; type?: string }): string {
  if (file.type?.includes('/')) return file.type
  return TYPES[file.name.split('.').pop()?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}

// ---- returned ----

async function takeReturned(api: Api, list: FeedReturned[], now: number): Promise<Lack[]> {
  const lacks: Lack[] = []
  for (const returned of list) {
    try {
      const taken = await takeOneReturned(api, returned, now)
      if (!taken) lacks.push({ what: 'returned', name: nameOf(returned), why: 'underWay', detail: returned.currentInstanceId })
    } catch (error) {
      lacks.push(lack('returned', nameOf(returned), error))
    }
  }
  await settleNoLongerReturned(new Set(list.map((returned) => returned.currentInstanceId)))
  return lacks
}

const nameOf = (returned: FeedReturned): string => returned.instanceName ?? returned.currentInstanceId

/** False: the phone still waits for the receipt of this very record, so it is taken at a later sync. */
async function takeOneReturned(api: Api, returned: FeedReturned, now: number): Promise<boolean> {
  const row = await db.getInstance(returned.currentInstanceId)
  if (row && (row.status === 'ready' || row.status === 'sending')) return false
  if (row && (row.status === 'draft' || row.status === 'refused')) return true
  const blobs = await filesOf(api, returned)
  const xml = row?.xml ?? (await returnedXml(api, returned))
  const form = row?.formKey ?? (await formFor(api, returned))
  const said = { comments: returned.comments, reason: returned.reason ?? undefined, returnedAt: returned.at }
  await db.putInstance(
    {
      ...(row ?? fresh(returned, form, now)),
      ...said,
      xml,
      status: 'returned',
      reviewState: 'hasIssues',
      updatedAt: Date.parse(returned.at) || now,
      lastError: undefined,
    },
    blobs,
  )
  const edit = await db.editOf(returned.currentInstanceId)
  if (edit?.status === 'draft') await db.patchInstance(edit.instanceId, said)
  return true
}

function fresh(returned: FeedReturned, form: string, now: number): db.InstanceRow {
  return {
    instanceId: returned.currentInstanceId,
    rootId: returned.instanceId,
    formKey: form,
    mode: 'edit',
    status: 'returned',
    xml: '',
    title: nameOf(returned),
    village: returned.villageCode ?? undefined,
    createdAt: now,
    updatedAt: now,
    attempts: 0,
  }
}

async function returnedXml(api: Api, returned: FeedReturned): Promise<string> {
  const xml = new TextDecoder().decode(await api.bytes(returned.xmlUrl))
  if (!xml.includes(returned.currentInstanceId)) throw new Damaged(`${returned.xmlUrl}: not record ${returned.currentInstanceId}`)
  return xml
}

async function filesOf(api: Api, returned: FeedReturned): Promise<db.BlobRow[]> {
  const here = await db.listBlobs(returned.currentInstanceId)
  const rows: db.BlobRow[] = []
  for (const file of returned.attachments) {
    const known = here.find((blob) => blob.name === file.name && blob.sha256 === file.sha256)
    rows.push(known ?? (await returnedFile(api, returned, file)))
  }
  return rows
}

async function returnedFile(api: Api, returned: FeedReturned, file: { name: string; sha256: string }): Promise<db.BlobRow> {
  const bytes = await api.attachment(returned.xmlFormId, returned.currentInstanceId, file.name)
  const found = await sha256(bytes)
  if (found !== file.sha256) throw new Damaged(`${file.name}: SHA-256 ${found}, not ${file.sha256}`)
  const type = mediaType(file)
  return {
    instanceId: returned.currentInstanceId,
    name: file.name,
    blob: new Blob([bytes], { type }),
    type,
    size: bytes.byteLength,
    sha256: found,
  }
}

/** The form version a returned record was filled with: here, or fetched, or (last) the current one of that form. */
async function formFor(api: Api, returned: FeedReturned): Promise<string> {
  const forms = (await db.listForms()).filter((form) => form.xmlFormId === returned.xmlFormId)
  const same = forms.find((form) => form.version === returned.formVersion)
  if (same) return same.key
  const current = forms.find((form) => form.current)
  const old = await oldVersion(api, returned, current).catch((error: unknown) => {
    if (error instanceof Refusal && current) return current.key
    throw error
  })
  if (!old) throw new NoForm(`form ${returned.xmlFormId}, version ${returned.formVersion}`)
  return old
}

async function oldVersion(api: Api, returned: FeedReturned, current: db.FormRow | undefined): Promise<string> {
  const bytes = await api.formVersion(returned.xmlFormId, returned.formVersion)
  const hash = md5Hex(bytes)
  const key = db.formKey(returned.xmlFormId, returned.formVersion, hash)
  const media = current ? await db.listMedia(current.key) : []
  await db.putForm(
    {
      key,
      xmlFormId: returned.xmlFormId,
      version: returned.formVersion,
      name: current?.name ?? returned.xmlFormId,
      hash,
      xml: new TextDecoder().decode(bytes),
      areaField: current?.areaField,
      periodField: current?.periodField,
      projectId: current?.projectId,
      current: false,
    },
    media,
  )
  return key
}

/** A reviewer took the return back, or it was answered from elsewhere: our own record is `sent` again, a fetched one goes. */
async function settleNoLongerReturned(still: Set<string>): Promise<void> {
  for (const row of await db.listInstances('returned')) {
    if (still.has(row.instanceId)) continue
    const sentFromHere = row.receipt !== undefined
    if (sentFromHere) {
      await db.patchInstance(row.instanceId, {
        status: 'sent',
        comments: undefined,
        reason: undefined,
        returnedAt: undefined,
        reviewState: row.reviewState === 'hasIssues' ? undefined : row.reviewState,
      })
    } else await db.deleteInstance(row.instanceId)
  }
}

// ---- decided ----

async function takeDecided(list: FeedDecided[]): Promise<void> {
  const rows = await db.listInstances('sent', 'returned')
  for (const decided of list) {
    const row = rows.find((one) => one.instanceId === decided.currentInstanceId) ?? rows.find((one) => one.rootId === decided.instanceId)
    if (!row) continue
    await db.patchInstance(row.instanceId, { reviewState: decided.reviewState ?? undefined, reason: decided.reason ?? undefined })
  }
}

// ---- room on the phone ----

/** Forgets photos of records that are decided or long sent, records sent long ago, and forms nobody needs. */
export async function prune(now: number): Promise<void> {
  for (const row of await db.listInstances('sent')) {
    const age = now - (row.sentAt ?? now)
    const decided = row.reviewState === 'approved' || row.reviewState === 'rejected'
    if (age > KEEP_SENT) await db.deleteInstance(row.instanceId)
    else if (decided || age > KEEP_PHOTOS) await dropFiles(row.instanceId)
  }
  await db.dropUnusedForms()
}

async function dropFiles(instanceId: string): Promise<void> {
  for (const blob of await db.listBlobs(instanceId)) await db.deleteBlob(instanceId, blob.name)
}
