/** Fingerprints: SHA-256 for records and their files, MD5 where OpenRosa demands it (PROTOCOL §2.2, §2.3). */
import { md5 } from 'js-md5'

export async function sha256(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function md5Hex(bytes: ArrayBuffer): string {
  return md5(bytes)
}
