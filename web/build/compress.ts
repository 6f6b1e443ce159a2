/** Vite plugin: beside each text file of the build, its Brotli and gzip forms, so that the server compresses nothing. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const WORTH_IT = /\.(js|css|html|svg|wasm|webmanifest)$/
const SMALL = 500

function compressed(bytes: Buffer): [string, Buffer][] {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  return [
    ['.br', brotliCompressSync(bytes, { params })],
    ['.gz', gzipSync(bytes, { level: 9 })],
  ]
}

export function compress(): Plugin {
  let outDir = ''
  return {
    name: 'pokja-compress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir
    },
    closeBundle: {
      sequential: true,
      order: 'post', // After the service worker got its list.
      handler() {
        for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
          const path = join(entry.parentPath, entry.name)
          if (!entry.isFile() || !WORTH_IT.test(entry.name)) continue
          const bytes = readFileSync(path)
          if (bytes.length < SMALL) continue
          for (const [ending, small] of compressed(bytes)) writeFileSync(path + ending, small)
        }
      },
    },
  }
}
