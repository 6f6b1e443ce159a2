/** Puts the engine and the store on `window.lab` for the browser tests, and mounts the fill pages by address. */
import { createApp, h } from 'vue'
import * as db from '../../src/db'
import * as engine from '../../src/engine'
import type { AnyNode, OpenOptions, Session } from '../../src/engine'
import { setLang } from '../../src/i18n'
import DonePage from '../../src/pages/DonePage.vue'
import FillPage from '../../src/pages/FillPage.vue'
import { listen, route } from '../../src/router'
import '../../src/styles.css'

/** What a test script needs to drive one form: opening it in the three ways, finding nodes, reading the result. */
class Bench {
  session!: Session

  constructor(
    private readonly xml: string,
    private readonly given: Record<string, unknown>,
  ) {}

  async open(mode: 'new' | 'draft' | 'edit', more: Record<string, unknown> = {}): Promise<Session> {
    const lists = (this.given.media ?? {}) as Record<string, string>
    this.session = await engine.open({
      mode,
      form: { xml: this.xml, version: '1', name: 'Formulir', ...(this.given.form as object) },
      media: async (name: string) => (name in lists ? new Blob([lists[name] ?? '']) : null),
      deviceId: 'pokja:uji',
      username: 'Petugas',
      ...more,
    } as OpenOptions)
    return this.session
  }

  /** The node at a path without the root element. */
  at(path: string): AnyNode {
    const search = (node: AnyNode): AnyNode | undefined =>
      engine.pathOf(node) === path && (engine.isControl(node) || !engine.childrenOf(node).some((c) => engine.pathOf(c) === path))
        ? node
        : engine.childrenOf(node).map(search).find(Boolean)
    const found = search(this.session.root.value)
    if (!found) throw new Error(`no node at ${path}`)
    return found
  }

  set(path: string, value: unknown): Promise<boolean> {
    const node = this.at(path) as unknown as Record<string, (value: unknown) => void>
    const call = 'selectValue' in node ? 'selectValue' : 'setValue'
    return this.session.change(node as unknown as AnyNode, () => node[call]?.(value))
  }

  /** Violations as the pages would tell them: reference, condition, the author's words or null. */
  problems(): [string, string, string | null][] {
    const { violations } = this.session.root.value.validationState
    return violations.map(({ reference, violation }) => [reference, violation.condition, engine.ownWords(violation)])
  }

  async text(path: string): Promise<string | null> {
    const doc = new DOMParser().parseFromString((await this.session.save()).xml, 'text/xml')
    let at: Element | undefined = doc.documentElement
    for (const step of path.split('/').filter(Boolean)) at = [...(at?.children ?? [])].find((c) => c.localName === step)
    return at ? (at.textContent ?? '') : null
  }
}

/** Stores a form as the library would, and gives its key. */
async function putForm(xml: string, more: Partial<db.FormRow> = {}, media: Record<string, string> = {}): Promise<string> {
  const { id, version } = engine.factsOf(xml)
  const key = db.formKey(id, version, 'f00dcafe')
  const files = Object.entries(media).map(([name, text]) => ({ name, hash: '', type: 'text/csv', blob: new Blob([text]) }))
  await db.putForm({ key, xmlFormId: id, version, name: 'Formulir uji', hash: 'f00dcafe', xml, current: true, ...more }, files)
  return key
}

const Root = () => {
  const { page, args, query } = route.value
  const key = `${page}/${args.join('/')}`
  if (page === 'fill' && args[0] === 'new') return h(FillPage, { key, formKey: args[1], village: query.get('village') ?? undefined })
  if (page === 'fill') return h(FillPage, { key, instanceId: args[0] })
  if (page === 'done') return h(DonePage, { key, instanceId: args[0] })
  return h('p', { id: 'elsewhere' }, page)
}

const lab = { engine, db, setLang, putForm, bench: (xml: string, given: Record<string, unknown>): Bench => new Bench(xml, given) }
export type Lab = typeof lab

;(window as unknown as { lab: Lab }).lab = lab
setLang('id')
listen()
createApp(Root).mount('#app')
document.documentElement.dataset.ready = ''
