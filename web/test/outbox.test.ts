import { beforeEach, describe, expect, test } from 'vitest'
import * as db from '../src/db'
import { accept } from '../src/enrol'
import { loadOf, pause, retry, run, type Line, type Run } from '../src/outbox'
import { draft, photo, ready, status, xmlOf } from './records'
import { account, openRosa, problem, Server, type Fault } from './server'

let server: Server
let wifi: boolean | undefined
const line: Line = { apiFor: (who) => server.api(who), now: () => 1_000_000, onWifi: () => wifi }
const send = (options?: { photos: boolean }): Promise<Run> => run(line, options)

beforeEach(async () => {
  await db.wipe()
  await db.setSetting('account', account)
  server = new Server()
  wifi = undefined
})

/** Sends until nothing is ready any more, as the timer does. */
async function sendUntilEmpty(): Promise<number> {
  let rounds = 0
  while ((await db.listInstances('ready', 'sending')).length && rounds < 50) {
    await send()
    rounds += 1
  }
  return rounds
}

describe('a record with two photos', () => {
  beforeEach(() => ready('uuid:1', ['a.jpg', 'b.jpg']))

  test('goes as XML first, then one file a post, and is sent when the receipt matches', async () => {
    expect(await send()).toMatchObject({ ending: 'done', sent: 1 })
    expect(server.posts).toEqual([
      { id: 'uuid:1', files: [], more: true },
      { id: 'uuid:1', files: ['a.jpg'], more: true },
      { id: 'uuid:1', files: ['b.jpg'], more: false },
    ])
    const row = await db.getInstance('uuid:1')
    expect(row).toMatchObject({ status: 'sent', sentAt: 1_000_000 })
    expect(row?.receipt?.attachments.map((file) => file.name)).toEqual(['a.jpg', 'b.jpg'])
  })

  // Requests of an undisturbed run: POST xml, POST a, POST b, GET receipt.
  test.each([0, 1, 2, 3].flatMap((at) => (['before', 'after'] as const).map((fault) => ({ at, fault }))))(
    'arrives once when the line is cut $fault request $at has been handled',
    async ({ at, fault }) => {
      server.faults[at] = fault
      expect(await send()).toMatchObject({ ending: 'noAnswer', sent: 0 })
      expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'ready', lastError: { code: 'network' } })
      expect(await send()).toMatchObject({ ending: 'done', sent: 1 })
      expect([...(server.stored.get('uuid:1')?.files.keys() ?? [])]).toEqual(['a.jpg', 'b.jpg'])
      // Only a photo whose answer was lost may go twice, and with the receipt asked first not even that.
      expect(server.bytesIn).toBe(2000)
    },
  )

  test('begun under one account is finished under the next one of the same project', async () => {
    server.faults[2] = 'before'
    await send()
    const next = { ...account, token: 'b'.repeat(64), displayName: 'Tono' }
    await accept(next)
    expect(await send()).toMatchObject({ ending: 'done', sent: 1 })
    expect(server.stored.get('uuid:1')?.by).toBe(account.token)
    expect([...(server.stored.get('uuid:1')?.files.keys() ?? [])]).toEqual(['a.jpg', 'b.jpg'])
    expect(server.bytesIn).toBe(2000)
  })

  test('is not sent while the server has lost one of its files, and is refused in the end', async () => {
    server.loses.add('b.jpg')
    expect(await send()).toMatchObject({ ending: 'later', sent: 0 })
    expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'ready', lastError: { code: 'receipt.files', text: 'b.jpg' } })
    await sendUntilEmpty()
    expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'refused', lastError: { code: 'receipt.files' } })
    server.loses.clear()
    await retry('uuid:1')
    expect(await send()).toMatchObject({ sent: 1 })
  })

  test('is refused when the receipt tells of another XML', async () => {
    const wrong = { instanceId: 'uuid:1', xmlSha256: 'f'.repeat(64), receivedAt: '', reviewState: null, attachments: [] }
    server.faults[3] = Response.json(wrong)
    await send()
    expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'refused', lastError: { code: 'receipt.xml' } })
  })

  test('is sent again whole when the server forgot it after accepting it', async () => {
    server.faults[3] = problem(404, 404.1)
    expect(await send()).toMatchObject({ ending: 'later' })
    server.stored.clear()
    expect(await send()).toMatchObject({ ending: 'done', sent: 1 })
    expect(server.stored.get('uuid:1')?.files.size).toBe(2)
  })

  test('that was under way when the app was killed is taken up again', async () => {
    await db.claim('uuid:1')
    expect(await status('uuid:1')).toBe('sending')
    expect(await send()).toMatchObject({ sent: 1 })
  })

  test('that the server already holds costs one question and no upload', async () => {
    server.faults[3] = 'after'
    await send()
    server.requests = []
    await send()
    expect(server.requests).toEqual([expect.stringMatching('^GET /forms/pokja/submissions/uuid%3A1/receipt\\?xmlSha256=[0-9a-f]{64}$')])
    expect(await status('uuid:1')).toBe('sent')
  })

  test('sends its answers now and its photos on Wi-Fi, if the worker chose so', async () => {
    await db.setSetting('sendMode', 'answers')
    expect(await send()).toMatchObject({ ending: 'done', sent: 0, waiting: 1 })
    expect(server.posts).toEqual([{ id: 'uuid:1', files: [], more: true }])
    expect(await loadOf((await db.getInstance('uuid:1'))!)).toEqual({ answers: 0, photos: 2000, files: 2 })
    server.requests = []
    expect(await send()).toMatchObject({ waiting: 1 })
    expect(server.requests).toEqual([])
    wifi = true
    expect(await send()).toMatchObject({ sent: 1, waiting: 0 })
  })

  test('sends its photos at the press of the button, whatever was chosen', async () => {
    await db.setSetting('sendMode', 'answers')
    expect(await send({ photos: true })).toMatchObject({ sent: 1 })
  })

  test('can no longer be overwritten as a draft once it is finalised', async () => {
    await expect(db.saveDraft(draft('uuid:1'))).rejects.toThrow(db.NotADraft)
    expect((await db.getInstance('uuid:1'))?.xml).toBe(xmlOf('uuid:1', ['a.jpg', 'b.jpg']))
  })
})

describe('answers of the server', () => {
  beforeEach(async () => {
    await ready('uuid:1')
    await ready('uuid:2')
  })

  test.each([
    ['409.1', 409], ['409.9', 409], ['404.6', 404], ['409.2', 409], ['400.2', 400], ['413.1', 413],
  ])('%s parks this record with the sentence, and the others go', async (code, statusCode) => {
    server.refuses.set('uuid:1', () => openRosa(statusCode, code, 'Server &amp; sentence'))
    expect(await send()).toMatchObject({ ending: 'done', sent: 1, refused: 1 })
    expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'refused', lastError: { code, text: 'Server & sentence' } })
    expect(await status('uuid:2')).toBe('sent')
  })

  test.each([500, 502, 504])('%i on one record is tried later, and the others go', async (code) => {
    server.refuses.set('uuid:1', () => openRosa(code, `${code}.1`, 'oops'))
    expect(await send()).toMatchObject({ ending: 'later', sent: 1, refused: 0 })
    expect(await status('uuid:1')).toBe('ready')
    server.refuses.clear()
    expect(await send()).toMatchObject({ ending: 'done', sent: 1 })
  })

  test.each([429, 503, 507])('%i ends the run and keeps the time the server names', async (code) => {
    const busy = openRosa(code, `${code}.1`, 'busy')
    busy.headers.set('Retry-After', '120')
    server.faults[0] = busy
    expect(await send()).toMatchObject({ ending: 'wait', sent: 0, refused: 0, retryAfter: 120 })
    expect(server.requests).toHaveLength(1)
  })

  test.each<[string, Fault]>([
    ['a hotspot page with 200', new Response('<html>Login Wi-Fi</html>', { status: 200 })],
    ['a proxy page with 403', new Response('<html>Forbidden</html>', { status: 403 })],
    ['a proxy page with 404', new Response('nginx', { status: 404 })],
    ['204', new Response(null, { status: 204 })],
  ])('%s is no answer of ours: nothing is sent, nothing refused', async (_name, fault) => {
    server.faults[0] = fault
    expect(await send()).toMatchObject({ ending: 'noAnswer', sent: 0, refused: 0 })
    expect(await status('uuid:1')).toBe('ready')
  })

  test('a revoked link refuses no record and is noted on the account', async () => {
    server.revoked = true
    expect(await send()).toMatchObject({ ending: 'revoked', refused: 0 })
    expect(await db.getSetting('account')).toMatchObject({ revokedAt: expect.any(Number) as number })
    expect(await status('uuid:1')).toBe('ready')
    expect(await status('uuid:2')).toBe('ready')
    await db.setSetting('account', { ...account, token: 'b'.repeat(64) })
    server.revoked = false
    expect(await send()).toMatchObject({ ending: 'done', sent: 2 })
  })

  test('403 for one record while the link works refuses only this record', async () => {
    server.refuses.set('uuid:1', () => openRosa(403, '403.1', 'not here'))
    expect(await send()).toMatchObject({ ending: 'done', sent: 1, refused: 1 })
  })
})

test('ten records and thirty photos over a line that drops every third request arrive exactly once', async () => {
  const names = ['x.jpg', 'y.jpg', 'z.jpg']
  for (let n = 0; n < 10; n += 1) await ready(`uuid:${n}`, names.map((name) => `${n}${name}`))
  server.faults = Array.from({ length: 60 }, (_, n) => (n % 6 === 2 ? 'before' : n % 6 === 5 ? 'after' : undefined))
  await sendUntilEmpty()
  expect(server.stored.size).toBe(10)
  expect([...server.stored.values()].map((record) => record.files.size)).toEqual(Array(10).fill(3))
  expect(await db.listInstances('sent')).toHaveLength(10)
  expect(server.bytesIn).toBeLessThanOrEqual(30_000 * 1.05)
})

test('an edit does not send again the photos it inherits, and takes the place of what it corrects', async () => {
  await ready('uuid:1', ['a.jpg', 'b.jpg'])
  await send()
  await db.patchInstance('uuid:1', { status: 'returned' })
  const edit = draft('uuid:2', { mode: 'edit', rootId: 'uuid:1', deprecatedId: 'uuid:1' })
  await db.saveDraft(edit, [photo('uuid:2', 'new.jpg')])
  await db.copyBlobs('uuid:1', 'uuid:2')
  await db.finalise('uuid:2', { xml: xmlOf('uuid:2', ['a.jpg', 'new.jpg'], 'uuid:1') })
  server.posts = []
  expect(await send()).toMatchObject({ sent: 1 })
  expect(server.posts.map((post) => post.files)).toEqual([[], ['new.jpg']])
  expect(await db.getInstance('uuid:1')).toBeUndefined()
  expect(await db.listBlobs('uuid:1')).toEqual([])
})

test('photos that the XML does not name are dropped at finalising', async () => {
  await db.saveDraft(draft('uuid:1'), [photo('uuid:1', 'kept & safe.jpg'), photo('uuid:1', 'replaced.jpg')])
  await db.finalise('uuid:1', { xml: xmlOf('uuid:1', ['kept &amp; safe.jpg']) })
  expect((await db.listBlobs('uuid:1')).map((blob) => blob.name)).toEqual(['kept & safe.jpg'])
})

test('a photo the phone can no longer read refuses its record and holds up no other', async () => {
  await ready('uuid:1', ['a.jpg'])
  await ready('uuid:2')
  const lost = photo('uuid:1', 'a.jpg')
  await db.putBlob(lost)
  const original = Blob.prototype.arrayBuffer
  Blob.prototype.arrayBuffer = function (this: Blob) {
    return this.size === lost.size ? Promise.reject(new DOMException('gone', 'NotReadableError')) : original.call(this)
  }
  try {
    expect(await send()).toMatchObject({ ending: 'done', sent: 1, refused: 1 })
  } finally {
    Blob.prototype.arrayBuffer = original
  }
  expect(await db.getInstance('uuid:1')).toMatchObject({ status: 'refused', lastError: { code: 'unreadable' } })
})

test('records of another project go out under its own link, which is forgotten afterwards', async () => {
  await ready('uuid:1', [], { projectId: 7 })
  const other = { ...account, token: 'c'.repeat(64), projectId: 7 }
  await db.setSetting('parked', [other])
  const asked: string[] = []
  await run({ ...line, apiFor: (who) => (asked.push(who.token), server.api(who)) })
  expect(asked).toEqual([other.token])
  expect(await status('uuid:1')).toBe('sent')
  expect(await db.getSetting('parked')).toEqual([])
})

describe('opening again', () => {
  test('a record that never arrived becomes a draft again', async () => {
    await ready('uuid:1')
    expect(db.opensAs((await db.getInstance('uuid:1'))!)).toBe('restore')
    expect(await db.reopen('uuid:1')).toBe(true)
    expect(await status('uuid:1')).toBe('draft')
  })

  test('a record whose answers arrived may only be changed by an edit', async () => {
    await ready('uuid:1', ['a.jpg'])
    server.faults[1] = 'before'
    await send()
    expect(await db.reopen('uuid:1')).toBe(false)
    expect(db.opensAs((await db.getInstance('uuid:1'))!)).toBe('edit')
  })

  test('a record reopened in another tab meanwhile is not sent', async () => {
    await ready('uuid:1')
    await ready('uuid:2')
    server.refuses.set('uuid:1', () => openRosa(500, '500.1', 'x'))
    const reopening = { ...line, apiFor: (who: db.Account) => (void db.reopen('uuid:2'), server.api(who)) }
    await run(reopening)
    expect(await status('uuid:2')).toBe('draft')
    expect(server.stored.has('uuid:2')).toBe(false)
  })
})

test.each([
  [1, 5_000], [2, 10_000], [3, 20_000], [7, 300_000], [50, 300_000],
])('after %i failures it waits about %i ms', (failures, ms) => {
  expect(pause(failures, () => 0.5)).toBe(ms)
  expect(pause(failures, () => 0)).toBe(ms * 0.8)
})
