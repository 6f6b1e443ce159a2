/** Talks to the server: the only module that calls `fetch` (PROTOCOL §1 key addresses, §2.6 OpenRosa POST). */
import type { Account, Comment, Receipt, Village } from './db'

/** No answer of our server: no network, a timeout, a broken answer, or the login page of some hotspot. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}

/** Our server answered, and the answer is no. `code` is the protocol's, e.g. `409.1`. */
export class Refusal extends Error {
  override name = 'Refusal'
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds to wait, where the server named them. */
    readonly retryAfter?: number,
  ) {
    super(message)
  }
}

export interface FeedForm {
  xmlFormId: string
  version: string
  name: string
  hash: string
  size: number
  downloadUrl: string
  attachments: FeedFile[]
  areaField?: string | null
  periodField?: string | null
}

export interface FeedFile {
  name: string
  hash: string
  size: number
  type: string
  downloadUrl: string
}

export interface FeedReturned {
  xmlFormId: string
  formVersion: string
  instanceId: string
  currentInstanceId: string
  instanceName: string | null
  villageCode: string | null
  reason: string | null
  at: string
  comments: Comment[]
  attachments: { name: string; sha256: string; size: number }[]
  xmlUrl: string
  xmlSha256?: string
}

export interface FeedDecided {
  xmlFormId: string
  instanceId: string
  currentInstanceId: string
  reviewState: string | null
  reason: string | null
  at: string
}

/** Answer of the changes feed; what did not change since the cursor is absent. */
export interface Feed {
  cursor: string
  now: string
  account?: { id: number; displayName: string; projectId: number; projectName: string }
  forms?: FeedForm[]
  villages?: Village[]
  returned?: FeedReturned[]
  decided?: FeedDecided[]
}

export interface Api {
  changes(since?: string): Promise<Feed>
  /** null: the server does not know this submission. The hash of its XML shows that it is ours, whoever sent it first. */
  receipt(xmlFormId: string, instanceId: string, xmlSha256: string): Promise<Receipt | null>
  /** Posts the XML and perhaps files of it; resolves only on 201 or 202. */
  submit(xml: Blob, files: { name: string; blob: Blob }[], more: boolean): Promise<void>
  /** Bytes at an address of the server, e.g. `/v1/key/…/forms/f.xml`. */
  bytes(path: string): Promise<ArrayBuffer>
  attachment(xmlFormId: string, instanceId: string, name: string): Promise<ArrayBuffer>
  /** XML of a form version that is not offered any more. */
  formVersion(xmlFormId: string, version: string): Promise<ArrayBuffer>
}

type Fetch = typeof fetch

// ---- whether the server was reached lately: real attempts, because navigator.onLine lies ----

type ContactListener = (reached: boolean) => void
const contactListeners = new Set<ContactListener>()

export function onContact(listener: ContactListener): () => void {
  contactListeners.add(listener)
  return () => contactListeners.delete(listener)
}

function contact(reached: boolean): void {
  contactListeners.forEach((listener) => listener(reached))
}

const QUESTION_MS = 30_000
/** Slowest line worth waiting for, in bytes per second; a stalled upload ends after this. */
const SLOWEST = 4_000

/** Asks, and reads the answer, within a time that grows with `bytes`; whatever goes wrong on the way is NoAnswer. */
async function call<T>(
  fetcher: Fetch,
  path: string,
  read: (response: Response) => Promise<T>,
  { bytes = 0, ...init }: RequestInit & { bytes?: number } = {},
): Promise<T> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), QUESTION_MS + (bytes / SLOWEST) * 1000)
  try {
    const response = await fetcher(path, {
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      signal: limit.signal,
      ...init,
    })
    const answer = await read(response)
    contact(true)
    return answer
  } catch (error) {
    contact(error instanceof Refusal)
    if (error instanceof Refusal || error instanceof NoAnswer) throw error
    throw new NoAnswer(`${path.replace(/\/key\/[^/]+/, '/key/…')}: ${String(error)}`)
  } finally {
    clearTimeout(timer)
  }
}

/** Text of an OpenRosa message; undefined when the body is no OpenRosa envelope. */
export function openRosaMessage(body: string): string | undefined {
  if (!body.includes('OpenRosaResponse')) return undefined
  const text = /<message[^>]*>([\s\S]*?)<\/message>/.exec(body)?.[1] ?? ''
  const marks: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&#39;': "'", '&amp;': '&' }
  return text.replace(/&(?:lt|gt|quot|apos|#39|amp);/g, (mark) => marks[mark] ?? mark).trim()
}

interface Said {
  code?: string
  message: string
}

function problemIn(response: Response, body: string): Said | undefined {
  const header = response.headers.get('X-Problem-Code') ?? undefined
  const envelope = openRosaMessage(body)
  if (envelope !== undefined) return { code: header, message: envelope }
  try {
    const json = JSON.parse(body) as { code?: number | string; message?: string }
    if (typeof json.message === 'string') return { code: header ?? String(json.code), message: json.message }
  } catch {
    // Not ours: a proxy's or a hotspot's page.
  }
  return undefined
}

/** Reads an answer that is not a success: Refusal if it is our server's word, NoAnswer if it is someone else's. */
async function failure(response: Response): Promise<Error> {
  const said = problemIn(response, await response.text())
  if (!said) return new NoAnswer(`HTTP ${response.status} from something that is not our server`)
  const wait = Number(response.headers.get('Retry-After')) || undefined
  return new Refusal(response.status, said.code ?? String(response.status), said.message, wait)
}

const JSON_HEADERS = { Accept: 'application/json' }
const OPENROSA_HEADERS = { 'X-OpenRosa-Version': '1.0' }
/** Forms and their files: their size is not known beforehand everywhere. */
const DOWNLOAD = 4_000_000

export function apiFor(account: Account, device: string, fetcher: Fetch = (...args) => fetch(...args)): Api {
  const base = `/v1/key/${account.token}/projects/${account.projectId}`
  const form = (xmlFormId: string): string => `${base}/forms/${encodeURIComponent(xmlFormId)}`
  const submission = (xmlFormId: string, id: string): string => `${form(xmlFormId)}/submissions/${encodeURIComponent(id)}`

  async function ok(response: Response): Promise<Response> {
    if (!response.ok) throw await failure(response)
    return response
  }
  const json = <T>(path: string, isOurs: (answer: Partial<T>) => boolean): Promise<T> =>
    call(
      fetcher,
      path,
      async (response) => {
        const answer = (await (await ok(response)).json()) as T
        if (answer === null || !isOurs(answer)) throw new NoAnswer('an answer that is not our server\'s')
        return answer
      },
      { headers: JSON_HEADERS },
    )
  const bytes = (path: string): Promise<ArrayBuffer> =>
    call(fetcher, path, async (response) => (await ok(response)).arrayBuffer(), { bytes: DOWNLOAD })

  return {
    changes: (since) =>
      json<Feed>(`${base}/changes${since ? `?since=${encodeURIComponent(since)}` : ''}`, (feed) => typeof feed.cursor === 'string'),

    async receipt(xmlFormId, instanceId, xmlSha256) {
      try {
        const path = `${submission(xmlFormId, instanceId)}/receipt?xmlSha256=${xmlSha256}`
        return await json<Receipt>(path, (receipt) => typeof receipt.xmlSha256 === 'string')
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return null
        throw error
      }
    },

    async submit(xml, files, more) {
      const body = new FormData()
      body.append('xml_submission_file', xml, 'submission.xml')
      for (const file of files) body.append(file.name, file.blob, file.name)
      if (more) body.append('*isIncomplete*', 'yes')
      const size = xml.size + files.reduce((sum, file) => sum + file.blob.size, 0)
      const stored = async (response: Response): Promise<void> => {
        // 200 is some hotspot's page, 204 no OpenRosa server's answer: only these two mean "stored" (PROTOCOL §2.7).
        if (response.status !== 201 && response.status !== 202) throw await failure(response)
      }
      const path = `${base}/submission?deviceID=${encodeURIComponent(device)}`
      await call(fetcher, path, stored, { method: 'POST', body, headers: OPENROSA_HEADERS, bytes: size })
    },

    bytes,
    attachment: (xmlFormId, id, name) => bytes(`${submission(xmlFormId, id)}/attachments/${encodeURIComponent(name)}`),
    formVersion: (xmlFormId, version) => bytes(`${form(xmlFormId)}/versions/${encodeURIComponent(version) || '___'}.xml`),
  }
}

const TOKEN = /^[A-Za-z0-9!$]{20,}$/

export interface Enrolment {
  origin: string | null
  token: string
  projectId: number
}

/** Reads an enrolment link, or only its fragment; undefined when it is none. */
export function readEnrolment(text: string): Enrolment | undefined {
  const trimmed = text.trim()
  const at = trimmed.indexOf('#')
  if (at < 0) return undefined
  const fields = new URLSearchParams(trimmed.slice(at + 1))
  const token = fields.get('token') ?? ''
  const projectId = Number(fields.get('project'))
  if (!TOKEN.test(token) || !Number.isInteger(projectId) || projectId < 1) return undefined
  let origin: string | null = null
  try {
    origin = at > 0 ? new URL(trimmed.slice(0, at)).origin : null
  } catch {
    return undefined
  }
  return { origin, token, projectId }
}
