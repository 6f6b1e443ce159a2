/** Decides what opening a form or a record means, and brings both together: new, draft, or the edit of what was sent. */
import * as db from '../db'
import { open, type Session } from '../engine'
import { locateOnce } from './geo'

export type RefusalCode = 'noRecord' | 'noForm' | 'underWay' | 'otherTab'

/** A record that cannot be opened, with the reason as a code for a sentence. */
export class NotOpened extends Error {
  constructor(readonly code: RefusalCode) {
    super(code)
  }
}

export interface Opened {
  session: Session
  form: db.FormRow
  row: db.InstanceRow
  /** Already in the phone's store; a new one is stored with its first answer. */
  stored: boolean
}

export async function openNew(formKey: string, language: string): Promise<Opened> {
  const form = await formOf(formKey)
  const session = await open({ mode: 'new', ...(await circumstances(form, language)) })
  const { instanceId, xml, title } = await session.save()
  return { session, form, row: blankRow(form.key, instanceId, xml, title), stored: false }
}

function blankRow(formKey: string, instanceId: string, xml: string, title: string): db.InstanceRow {
  const now = Date.now()
  const times = { createdAt: now, updatedAt: now, attempts: 0 }
  return { instanceId, rootId: instanceId, formKey, mode: 'new', status: 'draft', xml, title, ...times }
}

export async function openRecord(instanceId: string, language: string): Promise<Opened> {
  const row = await db.getInstance(instanceId)
  if (!row) throw new NotOpened('noRecord')
  if (row.status === 'draft') return openDraft(row, language)
  if (db.opensAs(row) === 'restore') return openDraft(await madeDraft(row), language)
  if (row.status === 'sending') throw new NotOpened('underWay')
  const begun = await db.editOf(row.instanceId)
  return begun ? openBegun(begun, language) : openEdit(row, language)
}

async function madeDraft(row: db.InstanceRow): Promise<db.InstanceRow> {
  const again = (await db.reopen(row.instanceId)) && (await db.getInstance(row.instanceId))
  if (!again) throw new NotOpened('underWay')
  return again
}

/** A correction begun earlier: still a draft, finished but never sent, or already on its way. */
async function openBegun(edit: db.InstanceRow, language: string): Promise<Opened> {
  if (edit.status === 'draft') return openDraft(edit, language)
  if (db.opensAs(edit) === 'restore') return openDraft(await madeDraft(edit), language)
  if (edit.status === 'sent') return openRecord(edit.instanceId, language)
  throw new NotOpened('underWay')
}

async function openDraft(row: db.InstanceRow, language: string): Promise<Opened> {
  const form = await formOf(row.formKey)
  const around = await circumstances(form, row.lang ?? language)
  const session = await open({ mode: 'draft', xml: row.xml, deprecatedId: row.deprecatedId, ...around })
  return { session, form, row, stored: true }
}

async function openEdit(row: db.InstanceRow, language: string): Promise<Opened> {
  const form = await formOf(row.formKey)
  const around = await circumstances(form, row.lang ?? language)
  const session = await open({ mode: 'edit', xml: row.xml, deprecatedId: row.instanceId, ...around })
  const { instanceId, xml, title, village } = await session.save()
  const edit: db.InstanceRow = {
    ...blankRow(form.key, instanceId, xml, title),
    mode: 'edit',
    rootId: row.rootId,
    deprecatedId: row.instanceId,
    village,
    comments: row.comments,
    reason: row.reason,
    projectId: row.projectId,
  }
  await db.copyBlobs(row.instanceId, instanceId)
  await db.saveDraft(edit)
  return { session, form, row: edit, stored: true }
}

async function formOf(key: string): Promise<db.FormRow> {
  const form = await db.getForm(key)
  if (!form) throw new NotOpened('noForm')
  return form
}

/** Names what a form object is made of: the form, and its lists as they are now. */
export async function stampOf(form: db.FormRow): Promise<string> {
  const files = await db.listMedia(form.key)
  return [form.key, ...files.map(({ name, hash }) => `${name}=${hash}`).sort()].join('\n')
}

export const mediaOf = (form: db.FormRow) => async (name: string) => (await db.getMedia(form.key, name))?.blob ?? null

async function circumstances(form: db.FormRow, language: string) {
  const account = await db.getSetting('account')
  return {
    form: { ...form, stamp: await stampOf(form) },
    media: mediaOf(form),
    deviceId: await db.deviceId(),
    username: account?.displayName ?? '',
    language,
    locate: locateOnce,
  }
}
