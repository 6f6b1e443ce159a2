/** What home counts and lists, from the stored records alone (EXPECTATIONS F1, F8). Pure. */
import type { InstanceRow, Village } from './db'

export interface Overview {
  drafts: InstanceRow[]
  /** ready, sending and refused: everything finished that has not arrived, refused ones first. */
  outbox: InstanceRow[]
  refused: InstanceRow[]
  /** Sent back and not answered yet, latest decision first. */
  returned: ReturnedItem[]
  sent: InstanceRow[]
}

export interface ReturnedItem {
  row: InstanceRow
  /** The correction begun on this phone. */
  draft?: InstanceRow
}

export function overview(rows: InstanceRow[]): Overview {
  const edits = new Map(rows.filter((row) => row.deprecatedId).map((row) => [row.deprecatedId, row]))
  const returned = rows
    .filter((row) => row.status === 'returned')
    .map((row) => ({ row, edit: edits.get(row.instanceId) }))
    .filter(({ edit }) => !edit || edit.status === 'draft')
    .map(({ row, edit }) => (edit ? { row, draft: edit } : { row }))
    .sort((a, b) => (b.row.returnedAt ?? '').localeCompare(a.row.returnedAt ?? ''))
  const shownAsReturned = new Set(returned.map((item) => item.draft?.instanceId))
  const refused = rows.filter((row) => row.status === 'refused')
  const waiting = rows.filter((row) => row.status === 'ready' || row.status === 'sending')
  return {
    drafts: newest(rows.filter((row) => row.status === 'draft' && !shownAsReturned.has(row.instanceId))),
    outbox: [...newest(refused), ...waiting.sort((a, b) => (a.finalisedAt ?? 0) - (b.finalisedAt ?? 0))],
    refused,
    returned,
    sent: rows
      .filter((row) => row.status === 'sent' && !edits.has(row.instanceId))
      .sort((a, b) => (b.sentAt ?? 0) - (a.sentAt ?? 0)),
  }
}

const newest = (rows: InstanceRow[]): InstanceRow[] => [...rows].sort((a, b) => b.updatedAt - a.updatedAt)

export type VillageState = 'none' | 'draft' | 'outbox' | 'returned' | 'sent'

export interface VillageItem extends Village {
  state: VillageState
  /** Latest record of the village on this phone. */
  row?: InstanceRow
}

const STATE: Record<InstanceRow['status'], VillageState> = {
  draft: 'draft', ready: 'outbox', sending: 'outbox', refused: 'outbox', returned: 'returned', sent: 'sent',
}
/** Which record of several stands for the village: what needs the worker most. */
const URGENCY: VillageState[] = ['returned', 'draft', 'outbox', 'sent', 'none']

/** The villages of the account, by sub-district and name, each with where its record on this phone stands. */
export function villagesToVisit(villages: Village[], rows: InstanceRow[]): VillageItem[] {
  const answered = new Set(rows.filter((row) => row.status !== 'draft').map((row) => row.deprecatedId))
  const items = villages.map((village): VillageItem => {
    const own = rows.filter((row) => row.village === village.code && !answered.has(row.instanceId))
    const row = own.sort((a, b) => urgency(a) - urgency(b) || b.updatedAt - a.updatedAt)[0]
    return { ...village, state: row ? STATE[row.status] : 'none', row }
  })
  return items.sort((a, b) => a.subdistrict.localeCompare(b.subdistrict, 'id') || a.name.localeCompare(b.name, 'id'))
}

const urgency = (row: InstanceRow): number => URGENCY.indexOf(STATE[row.status])
