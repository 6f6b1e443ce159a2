import { beforeEach, describe, expect, test } from 'vitest'
import { openRosaMessage, readEnrolment } from '../src/api'
import * as db from '../src/db'
import { accept, check } from '../src/enrol'
import { zipOf } from '../src/export'
import { moment, size } from '../src/format'
import { t } from '../src/i18n'
import { villagesToVisit } from '../src/overview'
import { link, parse } from '../src/router'
import { explain, keysOf } from '../src/why'
import { draft, photo, ready } from './records'
import { account, Server } from './server'

const TOKEN = 'a'.repeat(64)

describe('an enrolment link', () => {
  test.each<[string, ReturnType<typeof readEnrolment>]>([
    [`https://pokja.example/#token=${TOKEN}&project=1`, { origin: 'https://pokja.example', token: TOKEN, projectId: 1 }],
    [`  #token=${TOKEN}&project=12\n`, { origin: null, token: TOKEN, projectId: 12 }],
    [`https://pokja.example/#project=3&token=${'!$Zz09'.repeat(10)}`, { origin: 'https://pokja.example', token: '!$Zz09'.repeat(10), projectId: 3 }],
    ['https://pokja.example/', undefined],
    [`https://pokja.example/#token=${TOKEN}`, undefined],
    [`https://pokja.example/#token=${TOKEN}&project=x`, undefined],
    ['https://pokja.example/#token=abc&project=1', undefined],
    [`https://pokja.example/#token=${TOKEN}/../x&project=1`, undefined],
    [`not an address #token=${TOKEN}&project=1`, undefined],
    ['', undefined],
  ])('%j is read as it is', (text, expected) => {
    expect(readEnrolment(text)).toEqual(expected)
  })
})

describe('a second link', () => {
  let server: Server
  const apiOf = async (who: db.Account) => server.api(who)
  const other = { token: 'b'.repeat(64), projectId: 2 }

  beforeEach(async () => {
    await db.wipe()
    server = new Server()
    server.feed.account = { id: 1, displayName: 'Budi', projectId: 1, projectName: 'Beltim' }
  })

  test('on an empty phone is taken without a question', async () => {
    const checked = await check({ origin: null, token: TOKEN, projectId: 1 }, apiOf)
    expect(checked).toEqual({ kind: 'first', account: { token: TOKEN, projectId: 1, displayName: 'Budi', projectName: 'Beltim' } })
  })

  test('is told from the first, and from the same one opened again', async () => {
    await db.setSetting('account', account)
    expect(await check({ origin: null, ...account }, apiOf)).toMatchObject({ kind: 'same' })
    expect(await check({ origin: null, token: other.token, projectId: 1 }, apiOf)).toMatchObject({ kind: 'other' })
  })

  test('without network, or dead, changes nothing', async () => {
    await db.setSetting('account', account)
    server.faults[0] = 'before'
    expect(await check({ origin: null, ...other }, apiOf)).toEqual({ kind: 'offline' })
    server.revoked = true
    expect(await check({ origin: null, ...other }, apiOf)).toEqual({ kind: 'revoked' })
    expect(await db.getSetting('account')).toEqual(account)
  })

  test('of the same project takes over the unsent work', async () => {
    await db.setSetting('account', account)
    await ready('uuid:1')
    await accept({ ...account, token: other.token, displayName: 'Budi' })
    expect(await db.getSetting('parked')).toEqual([])
    expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'ready', projectId: 1 })
  })

  test('of another project leaves the unsent work its own link', async () => {
    await db.setSetting('account', account)
    await db.setSetting('cursor', 'c9')
    await db.putInstance(draft('uuid:1', { status: 'ready' }), [])
    await accept({ ...account, ...other })
    expect(await db.getSetting('parked')).toEqual([account])
    expect(await db.getSetting('cursor')).toBeUndefined()
    expect(await db.getInstance('uuid:1')).toMatchObject({ projectId: account.projectId })
    await accept(account)
    expect(await db.getSetting('parked')).toEqual([{ ...account, ...other }])
  })
})

describe('addresses of pages', () => {
  test.each([
    ['', 'home', []],
    ['#/', 'home', []],
    ['#/fill/new/pokja%402026%40ab%2Fcd', 'fill', ['new', 'pokja@2026@ab/cd']],
    ['#/sent/uuid%3A1', 'sent', ['uuid:1']],
    ['#/village/19.06.01.2001?x=1', 'village', ['19.06.01.2001']],
    ['#/sent/%E0%A4%A', 'sent', ['%E0%A4%A']],
  ])('%j shows the page %s', (hash, page, args) => {
    expect(parse(hash)).toMatchObject({ page, args })
  })

  test('survive ids of any kind', () => {
    expect(parse(link('fill', 'uuid:ä/b?c#d')).args).toEqual(['uuid:ä/b?c#d'])
  })
})

describe('words', () => {
  const now = new Date(2026, 10, 24, 15, 0).getTime()

  test.each([
    [new Date(2026, 10, 24, 9, 5), 'hari ini pukul 09.05'],
    [new Date(2026, 10, 23, 23, 59), 'kemarin pukul 23.59'],
    [new Date(2026, 10, 2, 7, 0), '2 November 2026 pukul 07.00'],
  ])('a moment %s is %s', (at, words) => {
    expect(moment(at.getTime(), now)).toBe(words)
  })

  test.each([
    [0, 'kurang dari 0,1 MB'], [49_999, 'kurang dari 0,1 MB'], [400_000, '0,4 MB'], [1_250_000, '1,3 MB'],
    [123_456_789, '123 MB'], [10_737_418_240, '10,7 GB'],
  ])('%i bytes are %s', (bytes, words) => {
    expect(size(bytes)).toBe(words)
  })

  test.each(['400.2', '400.39', '401.2', '403.1', '404.1', '404.5', '404.6', '409.1', '409.2', '409.8', '409.9', '409.18', '413.1',
    'unreadable', 'receipt.xml', 'receipt.files', 'receipt.missing', 'network', '500.1', '502', '429.1', '507.1', 'app'])(
    'the failure %s is explained, not merely named', (code) => {
      expect(explain(code)).not.toBe(t('why.other'))
      expect(explain(code)).not.toContain('why.')
    },
  )

  test('an unknown failure is explained in general', () => {
    expect(explain('418.1')).toBe(t('why.other'))
    expect(keysOf('413.1')).toEqual(['c413_1', 'c413', 's413', 'other'])
  })

  test.each([
    ['<OpenRosaResponse><message nature="error">a &lt; b &amp; c</message></OpenRosaResponse>', 'a < b & c'],
    ['<OpenRosaResponse items="0"></OpenRosaResponse>', ''],
    ['<html><message>x</message></html>', undefined],
  ])('the message in %j is %j', (body, message) => {
    expect(openRosaMessage(body)).toBe(message)
  })
})

test('a village shows what needs the worker most, whatever else there is of it', () => {
  const place = { subdistrict: 'Manggar', subdistrictCode: '19.06.01', lat: 0, lon: 0 }
  const villages = [
    { ...place, code: '2', name: 'Padang' }, { ...place, code: '1', name: 'Baru' }, { ...place, code: '3', name: 'Lalang' },
  ]
  const rows = [
    draft('a', { village: '1', status: 'sent', updatedAt: 9 }),
    draft('b', { village: '1', status: 'draft', updatedAt: 2 }),
    draft('c', { village: '3', status: 'returned' }),
    draft('d', { village: '3', status: 'ready', deprecatedId: 'c' }),
  ]
  const items = villagesToVisit(villages, rows).map(({ name, state, row }) => [name, state, row?.instanceId])
  expect(items).toEqual([['Baru', 'draft', 'b'], ['Lalang', 'outbox', 'd'], ['Padang', 'none', undefined]])
})

test('a safety copy holds XML and photos, and names that no file system refuses', async () => {
  await db.wipe()
  await ready('uuid:1', ['a.jpg'], { title: 'Lalang / Jaya: "2026"' })
  await db.putBlob(photo('uuid:1', 'a.jpg', 5))
  const bytes = new Uint8Array(await (await zipOf(await db.listInstances())).arrayBuffer())
  const text = new TextDecoder('latin1').decode(bytes)
  for (const name of ['submission.xml', 'catatan.json', 'a.jpg']) {
    expect(text).toContain(`instances/Lalang-Jaya-2026_1/${name}`)
  }
})

test('leaving forgets all but the number of the phone and the language', async () => {
  await db.wipe()
  const device = await db.deviceId()
  await db.setSetting('lang', 'en')
  await db.setSetting('account', account)
  await ready('uuid:1', ['a.jpg'])
  await db.wipe()
  expect(await db.listInstances()).toEqual([])
  expect(await db.getSetting('account')).toBeUndefined()
  expect(await db.deviceId()).toBe(device)
  expect(await db.getSetting('lang')).toBe('en')
})
