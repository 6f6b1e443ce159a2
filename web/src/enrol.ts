/** Puts an account on the phone by its link, and never loses what an earlier account left (DESIGN §5). */
import { NoAnswer, Refusal, type Api, type Enrolment } from './api'
import * as db from './db'

export type Checked =
  | { kind: 'first' | 'same' | 'other'; account: db.Account }
  | { kind: 'offline' }
  | { kind: 'revoked' }
  | { kind: 'refused'; text: string }

/** Asks the server whose link this is, and compares with the account on the phone. */
export async function check(enrolment: Enrolment, apiOf: (account: db.Account) => Promise<Api>): Promise<Checked> {
  const blank = { token: enrolment.token, projectId: enrolment.projectId, displayName: '', projectName: '' }
  try {
    const told = (await (await apiOf(blank)).changes()).account
    const account = { ...blank, displayName: told?.displayName ?? '', projectName: told?.projectName ?? '' }
    const here = await db.getSetting('account')
    if (!here) return { kind: 'first', account }
    return { kind: here.token === account.token && here.projectId === account.projectId ? 'same' : 'other', account }
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: 'offline' }
    if (!(error instanceof Refusal)) throw error
    if (error.status === 401 || error.status === 403) return { kind: 'revoked' }
    return { kind: 'refused', text: error.message }
  }
}

/** Makes this the account of the phone. Work of another project keeps its own link until it is sent. */
export async function accept(account: db.Account): Promise<void> {
  const here = await db.getSetting('account')
  const moves = here !== undefined && here.projectId !== account.projectId
  if (moves) await park(here)
  const parked = (await db.getSetting('parked')) ?? []
  await db.setSetting('parked', parked.filter((other) => other.projectId !== account.projectId))
  await db.setSetting('account', account)
  await db.deleteSetting('cursor', ...(moves ? (['villages', 'lastSync'] as const) : []))
}

async function park(account: db.Account): Promise<void> {
  // Records made before their project was noted belong to the account that leaves.
  for (const row of await db.listInstances()) {
    if (row.projectId === undefined) await db.patchInstance(row.instanceId, { projectId: account.projectId })
  }
  const parked = (await db.getSetting('parked')) ?? []
  await db.setSetting('parked', [...parked.filter((other) => other.projectId !== account.projectId), account])
}
