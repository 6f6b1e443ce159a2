/**
 * Brings forms, villages, returned and decided records to the phone, so that all of it opens offline (EXPECTATIONS F1, F8).
 * Each form and each returned record is stored whole or not at all; the feed's cursor moves only when everything was.
 */
import type { Api, Feed, FeedDecided } from './api'
import * as db from './db'
import { takeForms } from './library/forms'
import type { Lack } from './library/lack'
import { takeReturned } from './library/returned'
import { alone } from './lock'

export type { Lack }

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

async function takeDecided(list: FeedDecided[]): Promise<void> {
  const rows = await db.listInstances('sent', 'returned')
  for (const decided of list) {
    const row = rows.find((one) => one.instanceId === decided.currentInstanceId) ?? rows.find((one) => one.rootId === decided.instanceId)
    if (!row) continue
    await db.patchInstance(row.instanceId, { reviewState: decided.reviewState ?? undefined, reason: decided.reason ?? undefined })
  }
}

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
