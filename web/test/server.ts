/** A stand-in for the server's phone API (PROTOCOL §2.6 and the receipt), with a line that can be cut at will. */
import { createHash } from 'node:crypto'
import { apiFor, type Api, type Feed } from '../src/api'
import type { Account } from '../src/db'

export const account: Account = { token: 'a'.repeat(64), projectId: 1, displayName: 'Rina', projectName: 'Kampung KB' }

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')
export const md5 = (data: Uint8Array | string): string => createHash('md5').update(data).digest('hex')

interface Stored {
  xml: string
  /** Token of the account that sent it first. */
  by: string
  files: Map<string, Uint8Array>
}

/** What happens to the next request: lost before it arrives, lost after it was stored, or answered with this. */
export type Fault = 'before' | 'after' | Response

export function openRosa(status: number, code: string, message: string): Response {
  return new Response(`<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message nature="error">${message}</message></OpenRosaResponse>`, {
    status,
    headers: { 'Content-Type': 'text/xml', 'X-Problem-Code': code },
  })
}

export function problem(status: number, code: number, message = 'no'): Response {
  return new Response(JSON.stringify({ message, code, details: {} }), { status, headers: { 'X-Problem-Code': String(code) } })
}

const tokenIn = (url: string): string => /\/key\/([^/]+)/.exec(url)?.[1] ?? ''

export class Server {
  stored = new Map<string, Stored>()
  requests: string[] = []
  posts: { id: string; files: string[]; more: boolean }[] = []
  bytesIn = 0
  faults: (Fault | undefined)[] = []
  feed: Feed = { cursor: 'c1', now: '2026-11-24T00:00:00.000Z' }
  downloads = new Map<string, Uint8Array | string>()
  revoked = false
  /** Files the server loses, to see a receipt that does not match. */
  loses = new Set<string>()
  /** Records it refuses for ever: instanceID → answer. */
  refuses = new Map<string, () => Response>()

  api(who: Account = account): Api {
    return apiFor(who, 'pokja:test', (input, init) => this.answer(String(input), init))
  }

  private async answer(url: string, init?: RequestInit): Promise<Response> {
    this.requests.push(`${init?.method ?? 'GET'} ${url.replace(/^\/v1\/key\/[^/]+\/projects\/1/, '')}`)
    const fault = this.faults.shift()
    if (fault === 'before') throw new TypeError('Failed to fetch')
    if (fault instanceof Response) return fault
    const response = await this.handle(url, init)
    if (fault === 'after') throw new TypeError('Failed to fetch')
    return response
  }

  private async handle(url: string, init?: RequestInit): Promise<Response> {
    const path = url.split('?')[0] ?? ''
    if (path.endsWith('/submission')) return this.revoked ? openRosa(403, '403.1', 'no') : this.receive(tokenIn(url), init?.body as FormData)
    if (this.revoked) return problem(403, 403.1)
    if (path.endsWith('/changes')) return Response.json(this.feed)
    const receipt = /submissions\/([^/]+)\/receipt$/.exec(path)
    if (receipt) return this.receipt(tokenIn(url), decodeURIComponent(receipt[1] ?? ''), /xmlSha256=(\w*)/.exec(url)?.[1])
    const download = this.downloads.get(path)
    return download === undefined ? problem(404, 404.1) : new Response(download as BodyInit)
  }

  private async receive(by: string, body: FormData): Promise<Response> {
    const xml = await (body.get('xml_submission_file') as File).text()
    const id = /<instanceID>(.*?)<\/instanceID>/.exec(xml)?.[1] ?? ''
    const refusal = this.refuses.get(id)
    if (refusal) return refusal()
    const known = this.stored.get(id)
    if (known && known.xml !== xml) return openRosa(409, '409.1', 'A different submission')
    const files = known?.files ?? this.inherited(xml)
    const names: string[] = []
    for (const [name, value] of body.entries()) {
      if (name === 'xml_submission_file' || typeof value === 'string') continue
      names.push(name)
      const bytes = new Uint8Array(await value.arrayBuffer())
      this.bytesIn += bytes.length
      if (!this.loses.has(name)) files.set(name, bytes)
    }
    this.stored.set(id, { xml, by: known?.by ?? by, files })
    this.posts.push({ id, files: names, more: body.get('*isIncomplete*') === 'yes' })
    return new Response('<OpenRosaResponse><message>ok</message></OpenRosaResponse>', { status: 201 })
  }

  private inherited(xml: string): Map<string, Uint8Array> {
    const before = /<deprecatedID>(.*?)<\/deprecatedID>/.exec(xml)?.[1]
    return new Map(before ? this.stored.get(before)?.files : undefined)
  }

  /** Only for its sender, or for who names the hash of its XML. */
  private receipt(by: string, id: string, hash?: string): Response {
    const found = this.stored.get(id)
    if (!found || (found.by !== by && hash !== sha256(found.xml))) return problem(404, 404.1)
    return Response.json({
      instanceId: id,
      xmlSha256: sha256(found.xml),
      receivedAt: '2026-11-24T01:02:03.000Z',
      reviewState: null,
      attachments: [...found.files].map(([name, bytes]) => ({ name, sha256: sha256(bytes), size: bytes.length })),
    })
  }
}
