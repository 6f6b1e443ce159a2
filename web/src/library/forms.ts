/** Forms with their attachments: fetched, checked by MD5, stored whole or not at all (PROTOCOL §2.2, §2.3). */
import type { Api, FeedFile, FeedForm } from '../api'
import * as db from '../db'
import { md5Hex } from '../hash'
import { Damaged, lack, type Lack } from './lack'
import { mediaType } from './mediatype'

export async function takeForms(api: Api, offered: FeedForm[]): Promise<Lack[]> {
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
