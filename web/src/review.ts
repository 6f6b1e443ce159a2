/** Review states as the sent list shows them. */
import type { InstanceRow } from './db'

export const TONES = {
  none: 'plain', received: 'plain', edited: 'plain', hasIssues: 'warn', approved: 'good', rejected: 'bad',
} as const

export type Review = keyof typeof TONES

export function reviewOf(row: InstanceRow): Review {
  const state = row.reviewState ?? 'none'
  return state in TONES ? (state as Review) : 'none'
}
