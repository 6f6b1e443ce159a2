/**
 * Sends what is ready, and calls it sent only when the server's receipt matches (EXPECTATIONS F6, F7, F9; PROTOCOL §2.6).
 * Knows no page; a killed app, a cut line or a second tab change nothing in what the server ends up with.
 */
import * as db from './db'
import { alone } from './lock'
import { loadOf } from './outbox/load'
import { send } from './outbox/send'
import { settle } from './outbox/settle'
import type { Ending, Line, Run } from './outbox/terms'

export { loadOf, type Load } from './outbox/load'
export { markRevoked } from './outbox/settle'
export type * from './outbox/terms'

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

/** Milliseconds until the next try by itself after `failures` in a row: 5 s, 10 s … 5 min, scattered by ±20 %. */
export function pause(failures: number, random: () => number = Math.random): number {
  const base = Math.min(5_000 * 2 ** Math.max(0, failures - 1), 300_000)
  return Math.round(base * (0.8 + 0.4 * random()))
}

/** Puts a refused record back in the queue as it is. */
export async function retry(instanceId: string): Promise<void> {
  await db.patchInstance(instanceId, { status: 'ready', lastError: undefined })
}
