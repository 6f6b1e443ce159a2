/** Loads forms into the engine; one may be made ready beforehand, in steps too short to be felt (WEBFORMS §3.2, §3.3i). */
import { loadForm } from '@getodk/xforms-engine'
import { shallowReactive } from 'vue'
import { EngineFault, reasonOf } from './faults'
import { parseXml, prepareForm, type FormFacts } from './formxml'
import { attachmentSource, type Media } from './resources'

export type Form = Extract<Awaited<ReturnType<typeof loadForm>>, { status: 'success' | 'warning' }>

/** A form object; it serves one instance, for a second on the same one leaks the first. */
export interface Loaded {
  form: Form
  facts: FormFacts
  /** Names of lists the form asks for and this phone does not have. */
  missing: string[]
}

/** A form's id, version and the like; raises EngineFault for what is no form. */
export function factsOf(xml: string): FormFacts {
  try {
    return prepareForm(xml)
  } catch (error) {
    throw new EngineFault('formBroken', reasonOf(error))
  }
}

export async function load(xml: string, media: Media): Promise<Loaded> {
  const facts = factsOf(xml)
  const missing: string[] = []
  const result = await loadForm(facts.xml, {
    fetchFormAttachment: attachmentSource(media, missing) as never,
    missingResourceBehavior: 'BLANK',
  })
  if (result.status === 'failure') {
    const reason = reasonOf(result.error)
    throw new EngineFault(/csv|geojson|secondary instance/i.test(reason) ? 'formLists' : 'formUnsupported', reason)
  }
  return { form: result, facts, missing }
}

let ready: { stamp: string; loaded: Loaded } | undefined

/** The form made ready under this stamp, given away once. */
export function takeReady(stamp: string): Loaded | undefined {
  const found = ready?.stamp === stamp ? ready.loaded : undefined
  if (found) ready = undefined
  return found
}

/** Answers when nothing else is to do; false: stop. `long` for steps that take a slow phone a second. */
type Pause = (quiet?: 'short' | 'long') => Promise<boolean>

/** Makes a form ready under a stamp that names its content and its lists, with a pause before each step. */
export async function makeReady(stamp: string, xml: string, media: Media, pause: Pause): Promise<void> {
  if (ready?.stamp === stamp) return
  ready = undefined
  for (const part of formulasIn(xml)) {
    if (!(await pause())) return
    await learn(part)
    for (const formula of part) learnt.add(formula)
  }
  if (!(await pause('long'))) return
  const loaded = await load(xml, media)
  // A list that is missing now may be here at the opening.
  if (!loaded.missing.length) ready = { stamp, loaded }
  if (!rehearsal && (await pause('long')) && ready?.loaded === loaded) rehearse(loaded)
}

let rehearsal = false

/**
 * What runs for the first time runs at half its speed: once, an instance is made and thrown away. Its form keeps it
 * in memory, some 3 MB, until that form has served its one opening.
 */
function rehearse({ form }: Loaded): void {
  form.createInstance({ stateFactory: shallowReactive as never })
  rehearsal = true
}

const FORMULAS = ['calculate', 'relevant', 'constraint', 'required', 'readonly']
/** Parsing so many characters takes a slow phone less than a tenth of a second. */
const PART = 8_000

const learnt = new Set<string>()

/** The form's formulas that were not learnt yet, in parts. */
function formulasIn(xml: string): string[][] {
  const parts: string[][] = []
  let room = 0
  for (const bind of parseXml(xml).getElementsByTagNameNS('*', 'bind')) {
    for (const name of FORMULAS) {
      const formula = bind.getAttribute(name)
      if (!formula || learnt.has(formula)) continue
      if (room <= 0) parts.push([])
      room = (room <= 0 ? PART : room) - formula.length
      parts.at(-1)?.push(formula)
    }
  }
  return parts
}

/** The engine parses each formula once and remembers it; a small form around some makes it do so now. */
async function learn(formulas: string[]): Promise<void> {
  const fields = formulas.map((_, index) => `<f${index}/>`).join('')
  const binds = formulas.map((formula, index) => `<bind nodeset="/data/f${index}" calculate="${quoted(formula)}"/>`).join('')
  await loadForm(
    `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title/>` +
      `<model><instance><data id="formulas">${fields}</data></instance>${binds}</model></h:head><h:body/></h:html>`,
  )
}

const quoted = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
