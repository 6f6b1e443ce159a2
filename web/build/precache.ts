/** Vite plugin: after the build, writes the list of files to keep offline, and their hash, into sw.js (WEBFORMS §8). */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Plugin } from 'vite'

const LIST = '__PRECACHE__'
const VERSION = '__VERSION__'
const NOT_KEPT = /^(sw\.js|\..*|.*\.(br|gz|map|txt))$/

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !NOT_KEPT.test(name))
    .sort()
}

export function precache(): Plugin {
  let outDir = ''
  return {
    name: 'pokja-precache',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir
    },
    closeBundle: {
      sequential: true,
      handler() {
        const worker = join(outDir, 'sw.js')
        const names = filesUnder(outDir)
        const digest = createHash('sha256')
        for (const name of names) digest.update(name).update(readFileSync(join(outDir, name)))
        const urls = names.map((name) => (name === 'index.html' ? '/' : `/${name}`))
        const code = readFileSync(worker, 'utf8')
        for (const mark of [LIST, VERSION]) {
          if (!code.includes(mark)) throw new Error(`sw.js lost its placeholder ${mark}`)
        }
        writeFileSync(
          worker,
          code.replace(LIST, JSON.stringify(urls).replaceAll('"', '\\"')).replace(VERSION, digest.digest('hex').slice(0, 16)),
        )
      },
    },
  }
}
