/** Answers the engine's requests for form attachments from what the phone holds (WEBFORMS §3.3a). */

const TYPES: Record<string, string> = { csv: 'text/csv', geojson: 'application/geo+json', xml: 'text/xml' }

export type Media = (name: string) => Promise<Blob | null>

/** Gives fetch-like answers and notes in `missing` the lists this phone does not have. */
export function attachmentSource(media: Media, missing: string[]) {
  return async (url: URL | { href: string }): Promise<Response> => {
    const name = decodeURIComponent(url.href.split('/').pop() ?? '')
    const blob = await media(name)
    if (!blob) {
      if (name !== 'last-saved') missing.push(name)
      return new Response('', { status: 404 })
    }
    const type = TYPES[name.split('.').pop()?.toLowerCase() ?? ''] ?? blob.type
    return new Response(await filled(blob, type), { headers: { 'content-type': type } })
  }
}

/** An empty CSV fails the whole form; one with only a header is a list without rows. */
async function filled(blob: Blob, type: string): Promise<Blob | string> {
  if (type !== 'text/csv' || (await blob.text()).replace(/^\uFEFF/, '').trim()) return blob
  return 'name,label\n'
}
