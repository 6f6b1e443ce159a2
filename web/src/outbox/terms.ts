/** What sending needs from outside, and what it answers. */
import type { Api } from '../api'
import type * as db from '../db'

export interface Line {
  /** The API of an account; tests give their own. */
  apiFor(account: db.Account): Api
  now(): number
  /** Whether photos would go over Wi-Fi; undefined where the browser does not say. */
  onWifi(): boolean | undefined
  progress?(step: Progress | undefined): void
}

export interface Progress {
  instanceId: string
  /** Files of the record that are through, and all that had to go. */
  done: number
  total: number
}

/**
 * How a run ended: everything tried, no network, some records to be tried later, the server asks to wait, link revoked,
 * another tab at it, nobody enrolled.
 */
export type Ending = 'done' | 'noAnswer' | 'later' | 'wait' | 'revoked' | 'busy' | 'noAccount'

export interface Run {
  ending: Ending
  sent: number
  refused: number
  /** Records whose answers are at the server while their photos wait for Wi-Fi. */
  waiting: number
  /** Seconds the server asked us to wait. */
  retryAfter?: number
}
