/** Records that a reviewer sent back: with XML, files and comments, so that they open offline (EXPECTATIONS F8). */
import { Refusal, type Api, type FeedReturned } from '../api'
import * as db from '../db'
import { md5Hex, sha256 } from '../hash'
import { Damaged, lack, NoForm, type Lack } from './lack'
import { mediaType } from './mediatype'

export async function takeReturned(api: Api, list: FeedReturned[], now: number): Promise<Lack[]> {
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
  const bytes = await api.bytes(returned.xmlUrl)
  const xml = new TextDecoder().decode(bytes)
  // By its hash: a version that a supervisor took in under another number does not hold that number itself.
  const whole = returned.xmlSha256 ? (await sha256(bytes)) === returned.xmlSha256 : xml.includes(returned.currentInstanceId)
  if (!whole) throw new Damaged(`${returned.xmlUrl}: not record ${returned.currentInstanceId}`)
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
