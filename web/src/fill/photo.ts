/** Scales photos before they are kept: long edge, size, and no EXIF, which a re-encoded picture does not carry (DOMAIN §5.2). */

export const LONG_EDGE = 1600
export const TARGET_BYTES = 400_000

export class UnreadablePhoto extends Error {}

/** A JPEG of at most `edge` pixels and, as far as quality allows, 400 kB; raises UnreadablePhoto for what is no picture. */
export async function scaled(bytes: Blob, edge: number): Promise<Blob> {
  const picture = await createImageBitmap(bytes, { imageOrientation: 'from-image' }).catch(() => {
    throw new UnreadablePhoto()
  })
  try {
    return await smallEnough(picture, edge)
  } finally {
    picture.close()
  }
}

async function smallEnough(picture: ImageBitmap, edge: number): Promise<Blob> {
  let best: Blob | undefined
  for (const [share, quality] of [[1, 0.85], [1, 0.72], [1, 0.6], [0.8, 0.6], [0.65, 0.55]] as const) {
    best = await encoded(picture, edge * share, quality)
    if (best.size <= TARGET_BYTES) return best
  }
  return best!
}

function encoded(picture: ImageBitmap, edge: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const brush = canvas.getContext('2d')
  if (!brush) throw new UnreadablePhoto()
  brush.fillStyle = '#fff' // transparent pictures would turn black
  brush.fillRect(0, 0, canvas.width, canvas.height)
  brush.imageSmoothingQuality = 'high'
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new UnreadablePhoto())), 'image/jpeg', quality),
  )
}

/** `<epoch-ms>-<node>.<ext>`: milliseconds alone can collide. */
export function fileName(node: string, extension: string, now: number): string {
  return `${now}-${node.replace(/[^\w-]/g, '_')}.${extension}`
}

/** The extension a kept file gets: its own when it is plain, else one from its type. */
export function extensionOf(file: { name: string; type: string }): string {
  const own = /\.([A-Za-z0-9]{1,5})$/.exec(file.name)?.[1]
  return (own ?? /\/([A-Za-z0-9]{1,5})/.exec(file.type)?.[1] ?? 'bin').toLowerCase()
}
