import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { insideEngine } from '../build/licences'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const text = insideEngine(modules, 'Apache License')

test('every package whose code is in the form engine is named with its terms', () => {
  const map = readFileSync(`${modules}/@getodk/xforms-engine/dist/index.js.map`, 'utf8')
  const { sources } = JSON.parse(map) as { sources: string[] }
  const packages = new Set(sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []))
  expect(packages.size).toBeGreaterThan(20)
  const headings = (text.match(/^### .*/gm) ?? []).join('\n')
  for (const name of [...packages, 'web-tree-sitter', 'crypto-js', '@getodk/xpath']) expect(headings).toContain(name)
})

test('no heading stands without terms', () => {
  for (const section of text.split(/^### /m).slice(1)) {
    const [heading, ...body] = section.split('\n')
    expect([heading, /Permission is hereby granted|Apache|permission to use, copy/i.test(heading + body.join('\n'))]).toEqual([heading, true])
    expect(body.join('\n')).toMatch(/copyright/i)
  }
})
