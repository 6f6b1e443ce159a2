// The desk's files, ours and third-party, side by side in server/static/desk/, from where the server gives them.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const target = here('../server/static/desk/')
const ours = here('../server/desk/assets/')

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
for (const name of readdirSync(ours)) copyFileSync(ours + name, target + name)
copyFileSync(here('node_modules/htmx.org/dist/htmx.min.js'), target + 'htmx.min.js')
console.log(`desk: ${readdirSync(target).join(', ')} in server/static/desk`)
