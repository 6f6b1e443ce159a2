import { beforeEach, describe, expect, test } from 'vitest'
import type { FeedForm, FeedReturned } from '../src/api'
import * as db from '../src/db'
import { prune, refresh } from '../src/library'
import { overview } from '../src/overview'
import { draft, photo, ready, status, xmlOf } from './records'
import { account, md5, problem, Server, sha256 } from './server'

const NOW = Date.parse('2026-11-24T02:00:00Z')
const DAY = 86_400_000
let server: Server

beforeEach(async () => {
  await db.wipe()
  await db.setSetting('account', account)
  server = new Server()
})

function offer(version: string, xml: string, lists: Record<string, string> = {}): FeedForm {
  const base = `/v1/forms/pokja/${version}`
  server.downloads.set(`${base}.xml`, xml)
  const attachments = Object.entries(lists).map(([name, text]) => {
    server.downloads.set(`${base}/${name}`, text)
    return { name, hash: md5(text), size: text.length, type: 'file', downloadUrl: `${base}/${name}` }
  })
  return {
    xmlFormId: 'pokja', version, name: 'Pokja', hash: md5(xml), size: xml.length, downloadUrl: `${base}.xml`, attachments,
    areaField: '/identitas/desa',
  }
}

const keys = async (): Promise<string[]> => (await db.listForms()).map((form) => `${form.version}${form.current ? '' : ' (old)'}`)

describe('forms', () => {
  test('come with their lists, checked by MD5, and open offline', async () => {
    server.feed.forms = [offer('1', '<h:html>ü</h:html>', { 'desa.csv': 'code,name' })]
    expect(await refresh(server.api(), NOW)).toEqual([])
    const [form] = await db.currentForms()
    expect(form).toMatchObject({ xml: '<h:html>ü</h:html>', areaField: '/identitas/desa', version: '1' })
    const list = await db.getMedia(form!.key, 'desa.csv')
    expect(list?.type).toBe('text/csv')
    expect(await list?.blob.text()).toBe('code,name')
    expect(await db.getSetting('cursor')).toBe('c1')
    expect(await db.getSetting('lastSync')).toBe(NOW)
  })

  test('that are here already are not fetched again', async () => {
    server.feed.forms = [offer('1', '<form/>', { 'desa.csv': 'a' })]
    await refresh(server.api(), NOW)
    server.requests = []
    await refresh(server.api(), NOW)
    expect(server.requests).toEqual(['GET /changes?since=c1'])
  })

  test('fetch only the list that changed', async () => {
    server.feed.forms = [offer('1', '<form/>', { 'desa.csv': 'a', 'pos.csv': 'p' })]
    await refresh(server.api(), NOW)
    server.feed.forms = [offer('1', '<form/>', { 'desa.csv': 'b', 'pos.csv': 'p' })]
    server.requests = []
    await refresh(server.api(), NOW)
    expect(server.requests.slice(1)).toEqual(['GET /v1/forms/pokja/1/desa.csv'])
    const [form] = await db.currentForms()
    expect(await (await db.getMedia(form!.key, 'desa.csv'))?.blob.text()).toBe('b')
  })

  test.each<[string, (form: FeedForm) => void]>([
    ['a damaged form', (form) => (form.hash = 'f'.repeat(32))],
    ['a damaged list', (form) => (form.attachments[0]!.hash = 'f'.repeat(32))],
    ['a list that is not there', (form) => (form.attachments[0]!.downloadUrl = '/v1/nowhere')],
  ])('%s leaves the whole old version in place, and is tried again', async (_name, spoil) => {
    server.feed.forms = [offer('1', '<form/>', { 'desa.csv': 'a' })]
    await refresh(server.api(), NOW)
    const next = offer('2', '<form2/>', { 'desa.csv': 'b' })
    spoil(next)
    server.feed = { ...server.feed, cursor: 'c2', forms: [next] }
    expect(await refresh(server.api(), NOW)).toMatchObject([{ what: 'form', name: 'Pokja' }])
    expect(await keys()).toEqual(['1'])
    expect(await db.getSetting('cursor')).toBe('c1')
    server.feed.forms = [offer('2', '<form2/>', { 'desa.csv': 'b' })]
    expect(await refresh(server.api(), NOW)).toEqual([])
    expect(await keys()).toEqual(['2'])
    expect(await db.getSetting('cursor')).toBe('c2')
  })

  test('keep an old version while a record uses it, and drop it afterwards', async () => {
    server.feed.forms = [offer('1', '<form/>')]
    await refresh(server.api(), NOW)
    const [old] = await db.currentForms()
    await db.saveDraft(draft('uuid:1', { formKey: old!.key }))
    server.feed.forms = [offer('2', '<form2/>')]
    await refresh(server.api(), NOW)
    expect(await keys()).toEqual(['1 (old)', '2'])
    await db.deleteInstance('uuid:1')
    await refresh(server.api(), NOW)
    expect(await keys()).toEqual(['2'])
  })

  test('that are withdrawn are offered no more; a feed that names none changes nothing', async () => {
    server.feed.forms = [offer('1', '<form/>')]
    await refresh(server.api(), NOW)
    delete server.feed.forms
    await refresh(server.api(), NOW)
    expect(await keys()).toEqual(['1'])
    server.feed.forms = []
    await refresh(server.api(), NOW)
    expect(await db.currentForms()).toEqual([])
  })

  test('a list of entities is not held against MD5: its hash is a token', async () => {
    const form = offer('1', '<form/>', { 'trees.csv': 'name,label' })
    form.attachments[0]!.type = 'entityList'
    form.attachments[0]!.hash = 'token'
    server.feed.forms = [form]
    expect(await refresh(server.api(), NOW)).toEqual([])
  })
})

function sendBack(id: string, files: Record<string, string> = {}, more: Partial<FeedReturned> = {}): FeedReturned {
  const xmlUrl = `/v1/forms/pokja/submissions/${id}.xml`
  server.downloads.set(xmlUrl, xmlOf(id, Object.keys(files)))
  for (const [name, text] of Object.entries(files)) {
    const path = `/v1/key/${account.token}/projects/1/forms/pokja/submissions/${encodeURIComponent(id)}/attachments/${name}`
    server.downloads.set(path, text)
  }
  return {
    xmlFormId: 'pokja', formVersion: '1', instanceId: id, currentInstanceId: id, instanceName: 'Lalang 2026-S2',
    villageCode: '19.06.01.2001', reason: 'Foto SK tidak terbaca', at: '2026-11-23T08:00:00.000Z',
    comments: [{ path: '/modul_a/a1', body: 'Foto ulang', at: '2026-11-23T08:00:00.000Z' }],
    attachments: Object.entries(files).map(([name, text]) => ({ name, sha256: sha256(text), size: text.length })),
    xmlUrl, ...more,
  }
}

describe('returned records', () => {
  beforeEach(async () => {
    server.feed.forms = [offer('1', '<form/>')]
    await refresh(server.api(), NOW)
  })

  test('of another phone come with XML, photos, reason and comments', async () => {
    server.feed.returned = [sendBack('uuid:1', { 'sk.jpg': 'bytes' })]
    expect(await refresh(server.api(), NOW)).toEqual([])
    expect(await db.getInstance('uuid:1')).toMatchObject({
      status: 'returned', rootId: 'uuid:1', title: 'Lalang 2026-S2', village: '19.06.01.2001', reason: 'Foto SK tidak terbaca',
      xml: xmlOf('uuid:1', ['sk.jpg']), comments: [{ path: '/modul_a/a1', body: 'Foto ulang' }],
      formKey: (await db.currentForms())[0]!.key,
    })
    expect(await (await db.getBlob('uuid:1', 'sk.jpg'))?.blob.text()).toBe('bytes')
  })

  test('taken in under a number that their XML does not hold are known by its hash', async () => {
    const xmlSha256 = sha256(xmlOf('uuid:1'))
    server.feed.returned = [sendBack('uuid:1', {}, { currentInstanceId: 'uuid:9', xmlSha256 })]
    expect(await refresh(server.api(), NOW)).toEqual([])
    expect(await db.getInstance('uuid:9')).toMatchObject({ status: 'returned', rootId: 'uuid:1', xml: xmlOf('uuid:1') })
    server.feed = { ...server.feed, cursor: 'c2', returned: [sendBack('uuid:2', {}, { xmlSha256 })] }
    expect(await refresh(server.api(), NOW)).toMatchObject([{ what: 'returned', why: 'damaged' }])
  })

  test('of this phone cost no download: XML and photos are still here', async () => {
    const bytes = photo('uuid:1', 'sk.jpg')
    const hash = sha256(new Uint8Array(await bytes.blob.arrayBuffer()))
    await ready('uuid:1', ['sk.jpg'])
    await db.putBlob({ ...bytes, sha256: hash })
    await db.patchInstance('uuid:1', { status: 'sent', sentAt: NOW })
    const back = sendBack('uuid:1')
    back.attachments = [{ name: 'sk.jpg', sha256: hash, size: bytes.size }]
    server.feed.returned = [back]
    server.requests = []
    expect(await refresh(server.api(), NOW)).toEqual([])
    expect(server.requests).toHaveLength(1)
    expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'returned', xml: xmlOf('uuid:1', ['sk.jpg']) })
  })

  test.each<[string, (back: FeedReturned) => void]>([
    ['a damaged photo', (back) => (back.attachments[0]!.sha256 = '0'.repeat(64))],
    ['a missing photo', (back) => (back.attachments[0]!.name = 'other.jpg')],
    ['the XML of another record', (back) => (back.currentInstanceId = 'uuid:9')],
  ])('with %s are not stored in part', async (_name, spoil) => {
    const back = sendBack('uuid:1', { 'sk.jpg': 'bytes' })
    spoil(back)
    server.feed.returned = [back]
    server.feed.cursor = 'c2'
    expect(await refresh(server.api(), NOW)).toMatchObject([{ what: 'returned' }])
    expect(await db.listInstances()).toEqual([])
    expect(await db.getSetting('cursor')).toBe('c1')
  })

  test('whose receipt this phone still waits for are taken after it', async () => {
    await ready('uuid:1')
    server.feed = { ...server.feed, cursor: 'c2', returned: [sendBack('uuid:1')] }
    expect(await refresh(server.api(), NOW)).toMatchObject([{ why: 'underWay' }])
    expect(await status('uuid:1')).toBe('ready')
    expect(await db.getSetting('cursor')).toBe('c1')
    await db.patchInstance('uuid:1', { status: 'sent' })
    await refresh(server.api(), NOW)
    expect(await status('uuid:1')).toBe('returned')
  })

  test('stand first until their correction is finished, and give new comments to the correction', async () => {
    server.feed.returned = [sendBack('uuid:1')]
    await refresh(server.api(), NOW)
    const edit = draft('uuid:2', { mode: 'edit', rootId: 'uuid:1', deprecatedId: 'uuid:1' })
    await db.saveDraft(edit)
    let view = overview(await db.listInstances())
    expect(view.returned).toMatchObject([{ row: { instanceId: 'uuid:1' }, draft: { instanceId: 'uuid:2' } }])
    expect(view.drafts).toEqual([])
    server.feed.returned = [sendBack('uuid:1', {}, { reason: 'Juga lampirkan notulen' })]
    await refresh(server.api(), NOW)
    expect(await db.getInstance('uuid:2')).toMatchObject({ reason: 'Juga lampirkan notulen' })
    // The open page saves its own, older copy of the row.
    await db.saveDraft({ ...edit, xml: xmlOf('uuid:2', [], 'uuid:1') })
    expect(await db.getInstance('uuid:2')).toMatchObject({ reason: 'Juga lampirkan notulen' })
    await db.finalise('uuid:2', { xml: xmlOf('uuid:2', [], 'uuid:1') })
    view = overview(await db.listInstances())
    expect(view.returned).toEqual([])
    expect(view.outbox.map((row) => row.instanceId)).toEqual(['uuid:2'])
  })

  test('whose return was taken back are sent again, and their begun correction stays among the drafts', async () => {
    await ready('uuid:1')
    const receipt = { instanceId: 'uuid:1', xmlSha256: '', receivedAt: '', reviewState: null, attachments: [] }
    await db.patchInstance('uuid:1', { status: 'sent', sentAt: NOW, receipt })
    server.feed.returned = [sendBack('uuid:1')]
    await refresh(server.api(), NOW)
    await db.saveDraft(draft('uuid:2', { mode: 'edit', rootId: 'uuid:1', deprecatedId: 'uuid:1' }))
    server.feed.returned = []
    await refresh(server.api(), NOW)
    expect(await status('uuid:1')).toBe('sent')
    expect(overview(await db.listInstances()).drafts.map((row) => row.instanceId)).toEqual(['uuid:2'])
  })

  test('of an older form version bring that version', async () => {
    server.downloads.set(`/v1/key/${account.token}/projects/1/forms/pokja/versions/0.xml`, '<form0/>')
    server.feed.returned = [sendBack('uuid:1', {}, { formVersion: '0' })]
    expect(await refresh(server.api(), NOW)).toEqual([])
    const form = await db.getForm((await db.getInstance('uuid:1'))!.formKey)
    expect(form).toMatchObject({ version: '0', xml: '<form0/>', current: false })
    expect((await db.currentForms()).map((one) => one.version)).toEqual(['1'])
  })
})

test('decisions reach the sent list', async () => {
  await ready('uuid:1')
  await db.patchInstance('uuid:1', { status: 'sent', sentAt: NOW })
  server.feed.decided = [
    { xmlFormId: 'pokja', instanceId: 'uuid:1', currentInstanceId: 'uuid:1', reviewState: 'rejected', reason: 'Ganda', at: '' },
  ]
  await refresh(server.api(), NOW)
  expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'sent', reviewState: 'rejected', reason: 'Ganda' })
})

test('villages, account name and counts need no network afterwards', async () => {
  server.feed.account = { id: 3, displayName: 'Rina S.', projectId: 1, projectName: 'Belitung Timur' }
  server.feed.villages = [
    { code: '19.06.01.2001', name: 'Lalang', subdistrict: 'Manggar', subdistrictCode: '19.06.01', lat: -2.8, lon: 108.2 },
  ]
  await refresh(server.api(), NOW)
  expect(await db.getSetting('account')).toMatchObject({ displayName: 'Rina S.', token: account.token })
  expect(await db.getSetting('villages')).toHaveLength(1)
})

test('a refused feed changes nothing on the phone', async () => {
  server.faults[0] = problem(403, 403.1)
  await expect(refresh(server.api(), NOW)).rejects.toThrow()
  expect(await db.getSetting('lastSync')).toBeUndefined()
})

test.each([
  ['just sent', 0, undefined, 1, true],
  ['approved', 1, 'approved', 0, true],
  ['sent 15 days ago', 15, undefined, 0, true],
  ['sent 31 days ago', 31, undefined, 0, false],
])('of a record %s, what must stay stays', async (_name, days, reviewState, photos, there) => {
  await ready('uuid:1', ['a.jpg'])
  await db.patchInstance('uuid:1', { status: 'sent', sentAt: NOW - days * DAY, reviewState })
  await prune(NOW)
  expect(await db.listBlobs('uuid:1')).toHaveLength(photos)
  expect((await db.getInstance('uuid:1')) !== undefined).toBe(there)
})
