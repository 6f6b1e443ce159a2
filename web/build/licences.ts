/** Vite plugin: the form engine is one file with other people's work in it; names each in licences.txt, with its terms. */
import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const ENGINE = '@getodk/xforms-engine'

interface Inside {
  name: string
  licence: string
  by: string
}

interface Manifest {
  name: string
  version: string
  license?: string
  dependencies?: Record<string, string>
}

/** All packages that a package depends on, itself left out, by name. */
function closure(modules: string, name: string): Manifest[] {
  const found = new Map<string, Manifest>()
  const queue = [name]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const path = join(modules, next, 'package.json')
    // What is only types has no place in node_modules of a build, and none in the app.
    if (found.has(next) || !existsSync(path)) continue
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
    found.set(next, manifest)
    queue.push(...Object.keys(manifest.dependencies ?? {}))
  }
  found.delete(name)
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}

function termsOf(modules: string, name: string): string {
  const folder = join(modules, name)
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.md|\.txt)?$/i.test(entry))
  return file ? readFileSync(join(folder, file), 'utf8').trim() : ''
}

/** The section on what the engine's file holds: its dependencies, and what its makers built in without naming it so. */
export function insideEngine(modules: string, apache: string): string {
  const inside = JSON.parse(readFileSync(new URL('./inside-engine.json', import.meta.url), 'utf8')) as Inside[]
  const mit = termsOf(modules, 'solid-js').replace(/^[\s\S]*?(?=Permission is hereby)/, '')
  const packages = closure(modules, ENGINE).map(
    ({ name, version, license }) => `### ${name} - ${version} (${license})\n\n${termsOf(modules, name)}`,
  )
  const others = inside.map(({ name, licence, by }) => {
    return `### ${name} (${licence})\n\nCopyright (c) ${by}` + (licence === 'MIT' ? `\n\n${mit}` : '')
  })
  return [`## In ${ENGINE}`, ...packages, ...others, '## Apache License, Version 2.0', apache.trim(), ''].join('\n\n')
}

export function licences(fileName: string): Plugin {
  let outDir = ''
  let root = ''
  return {
    name: 'pokja-licences',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir
      root = config.root
    },
    closeBundle: {
      sequential: true,
      handler() {
        const apache = readFileSync(join(root, '../LICENSE'), 'utf8')
        appendFileSync(join(outDir, fileName), `\n${insideEngine(join(root, 'node_modules'), apache)}`)
      },
    },
  }
}
