/** Decides when the outbox and the library run: on start, on a change, when the network returns, by timer, by button. */
import { reactive } from 'vue'
import { apiFor, NoAnswer, onContact, Refusal, type Api } from './api'
import * as db from './db'
import { refresh, type Lack } from './library'
import { markRevoked, pause, run, type Ending, type Progress } from './outbox'

const REGULAR = 15 * 60_000
/** On return to the app, the feed is asked again only after this long. */
const STALE = 2 * 60_000

interface State {
  running: boolean
  /** Whether the last attempt reached our server; undefined before the first. */
  reached: boolean | undefined
  ending: Ending | undefined
  progress: Progress | undefined
  lacks: Lack[]
  /** Something failed inside the app itself; shown, never swallowed. */
  fault: string | undefined
}

export const state = reactive<State>({
  running: false,
  reached: undefined,
  ending: undefined,
  progress: undefined,
  lacks: [],
  fault: undefined,
})

/** Whether photos would go over Wi-Fi; undefined where the browser does not say (then they wait for the button). */
export function onWifi(): boolean | undefined {
  const connection = (navigator as Navigator & { connection?: { type?: string } }).connection
  return connection?.type === undefined ? undefined : ['wifi', 'ethernet'].includes(connection.type)
}

let current: Promise<void> | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let failures = 0
let lastTry = 0
let device = ''

export async function api(account: db.Account): Promise<Api> {
  device ||= await db.deviceId()
  return apiFor(account, device)
}

/** Sends and fetches now; one run at a time. `photos`: photos too, whatever the remembered choice. */
export async function sync({ photos = false } = {}): Promise<void> {
  if (current) {
    await current
    if (!photos) return
  }
  current = once(photos).finally(() => (current = undefined))
  return current
}

async function once(photos: boolean): Promise<void> {
  const account = await db.getSetting('account')
  if (!account) return
  clearTimeout(timer)
  Object.assign(state, { running: true, fault: undefined })
  lastTry = Date.now()
  let retryAfter: number | undefined
  try {
    const client = await api(account)
    const sent = await run(
      {
        apiFor: (other) => (other.token === account.token ? client : apiFor(other, device)),
        now: Date.now,
        onWifi,
        progress: (step) => (state.progress = step),
      },
      { photos },
    )
    state.ending = sent.ending
    retryAfter = sent.retryAfter
    if (sent.ending !== 'noAnswer' && sent.ending !== 'wait') await fetchNews(account, client)
  } catch (error) {
    state.fault = error instanceof Error ? error.message : String(error)
    console.error(error)
  } finally {
    state.running = false
    state.progress = undefined
    plan(retryAfter)
  }
}

async function fetchNews(account: db.Account, client: Api): Promise<void> {
  try {
    state.lacks = (await refresh(client, Date.now())) ?? state.lacks
    if (account.revokedAt) {
      // The link works after all: what waits for it goes in a moment, not at the next regular time.
      await markRevoked(account.token, undefined)
      state.ending = 'later'
    }
  } catch (error) {
    if (error instanceof NoAnswer) state.ending = 'noAnswer'
    else if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
      state.ending = 'revoked'
      await markRevoked(account.token, Date.now())
    } else if (error instanceof Refusal) state.ending = 'later'
    else throw error
  }
}

function plan(retryAfter?: number): void {
  const failed = state.ending === 'noAnswer' || state.ending === 'later' || state.ending === 'wait' || state.fault !== undefined
  failures = failed ? failures + 1 : 0
  const wait = failed ? Math.max(pause(failures), (retryAfter ?? 0) * 1000) : REGULAR
  clearTimeout(timer)
  timer = setTimeout(() => void sync(), wait)
}

/** A record has just become ready: it goes at once, not at the next regular time. */
async function sendNew(): Promise<void> {
  if (current) return
  const fresh = (await db.listInstances('ready')).some((row) => row.attempts === 0)
  if (fresh && !current) void sync()
}

/** The network may be back. What is under way began before that, and may fail for want of it. */
async function wake(): Promise<void> {
  failures = 0
  const begun = current
  await sync()
  if (begun && state.ending === 'noAnswer') await sync()
}

/** Starts to listen; called once, at the start of the app. */
export function start(): void {
  let soon: ReturnType<typeof setTimeout> | undefined
  onContact((reached) => (state.reached = reached))
  db.onChange(() => {
    clearTimeout(soon)
    soon = setTimeout(() => void sendNew(), 1_000)
  })
  addEventListener('online', () => void wake())
  addEventListener('offline', () => (state.reached = false))
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() - lastTry > STALE) void wake()
  })
  const connection = (navigator as Navigator & { connection?: EventTarget }).connection
  connection?.addEventListener('change', () => onWifi() && void wake())
  void sync()
}
