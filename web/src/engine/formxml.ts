/** Makes a form's XML digestible for the engine and reads the few facts it does not tell us (WEBFORMS §3.3, §7). */

/** Stands between a hint and its guidance: invisible, and no author types it twice in a row. */
export const GUIDANCE_MARK = '\u2063\u2063'

/** Stands between an answer shown in a text and a line break beside it, which the engine would trim away. */
export const LINE_MARK = '\u2061'

const SHOWN_FORMS = new Set(['image', 'audio', 'video'])

export interface FormFacts {
  xml: string
  rootName: string
  id: string
  version: string
  /** Names of fields from which a repeat's count follows; changing one may delete rows. */
  countSources: ReadonlySet<string>
}

export class BrokenXml extends Error {}

/** Parses XML text; raises BrokenXml with the parser's own words. */
export function parseXml(text: string): XMLDocument {
  const doc = new DOMParser().parseFromString(text.replace(/^\uFEFF/, '').trim(), 'text/xml')
  const failure = doc.getElementsByTagName('parsererror')[0]
  if (failure) throw new BrokenXml(failure.textContent?.slice(0, 300) ?? '')
  return doc
}

/** Splits guidance from hint, takes out texts for screens we do not have, and reads root, version and count sources. */
export function prepareForm(xml: string): FormFacts {
  const lined = markLines(xml)
  const doc = parseXml(lined)
  const root = primaryRoot(doc)
  if (!root) throw new BrokenXml('no primary instance')
  const marked = [...doc.querySelectorAll('text > value[form]')].filter((value) => markText(doc, value))
  return {
    // Most forms need no mark: writing a large form out again costs a slow phone a tenth of a second.
    xml: marked.length ? new XMLSerializer().serializeToString(doc) : lined.replace(/^\uFEFF/, '').trim(),
    rootName: root.nodeName,
    id: root.getAttribute('id') ?? '',
    version: root.getAttribute('version') ?? '',
    countSources: countSources(doc),
  }
}

/** Marks the line breaks beside answers in labels, hints and their translations; other texts are left alone. */
function markLines(xml: string): string {
  return xml.replace(/<(value|label|hint)\b(?:[^>]*[^/>])?>[^]*?<\/\1>/g, (text) =>
    text.includes('\n') && text.includes('<output') ? text.replace(/(\/>|<\/output>)(?=\s*\n)/g, `$1${LINE_MARK}`).replace(/(\n\s*)(?=<output)/g, `$1${LINE_MARK}`) : text,
  )
}

function primaryRoot(doc: XMLDocument): Element | null {
  const model = doc.getElementsByTagNameNS('*', 'model')[0]
  const instance = [...(model?.children ?? [])].find((child) => child.localName === 'instance')
  return instance?.firstElementChild ?? null
}

/** The engine joins every `<value>` of a text, guidance and big-image addresses included. True if it had to be changed. */
function markText(doc: XMLDocument, value: Element): boolean {
  const form = value.getAttribute('form') ?? ''
  if (SHOWN_FORMS.has(form)) return false
  if (form !== 'guidance') value.remove()
  else value.insertBefore(doc.createTextNode(`${GUIDANCE_MARK}\n\n${GUIDANCE_MARK}`), value.firstChild)
  return true
}

/** Follows calculates backwards from every `jr:count`, by field name. */
function countSources(doc: XMLDocument): ReadonlySet<string> {
  const formulas = new Map<string, string>()
  for (const bind of doc.getElementsByTagNameNS('*', 'bind')) {
    const calculate = bind.getAttribute('calculate')
    if (calculate) formulas.set(lastName(bind.getAttribute('nodeset') ?? ''), calculate)
  }
  const found = new Set<string>()
  const queue = [...doc.getElementsByTagNameNS('*', 'repeat')].flatMap((repeat) =>
    [...repeat.attributes].filter((attribute) => attribute.localName === 'count').map((a) => a.value),
  )
  for (let expression = queue.pop(); expression !== undefined; expression = queue.pop()) {
    for (const name of namesIn(expression)) {
      if (found.has(name)) continue
      found.add(name)
      const formula = formulas.get(name)
      if (formula) queue.push(formula)
    }
  }
  return found
}

const lastName = (path: string): string => path.trim().split('/').pop() ?? ''

/** Field names in an XPath expression: the last step of each path, literals left out. */
function namesIn(expression: string): string[] {
  const bare = expression.replace(/'[^']*'|"[^"]*"/g, ' ')
  return (bare.match(/[\w.-]*(?:\/[\w.-]+)+/g) ?? []).map(lastName)
}
