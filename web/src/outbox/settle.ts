/** What a failed sending means for its record, for the others and for the account (EXPECTATIONS F9). */
import { NoAnswer, Refusal, type Api } from '../api'
import * as db from '../db'
import { Mismatch, Unreadable } from './send'
import type { Ending, Run } from './terms'

/** Rounds of sending after which a receipt that still lacks files makes the record `refused`. */
const PATIENCE = 5

/** Decides what a failure means for this record and for the run. */
export async function settle(row: db.InstanceRow, account: db.Account, api: Api, error: unknown, result: Run): Promise<Ending> {
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
