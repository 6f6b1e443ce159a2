/** Types of downloaded files, by what the server says or by their name. */

const TYPES: Record<string, string> = {
  csv: 'text/csv', xml: 'text/xml', geojson: 'application/geo+json', jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png',
  gif: 'image/gif', webp: 'image/webp', svg: 'image/svg+xml', mp3: 'audio/mpeg', wav: 'audio/wav', ogg: 'audio/ogg',
  m4a: 'audio/mp4', mp4: 'video/mp4', webm: 'video/webm', pdf: 'application/pdf',
}

export function mediaType(file: { name: string; type?: string }): string {
  if (file.type?.includes('/')) return file.type
  return TYPES[file.name.split('.').pop()?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}
