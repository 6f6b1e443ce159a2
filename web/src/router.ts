/** Pages by the fragment of the address (`#/fill/…`), so that every page is the one cached index.html. */
import { ref } from 'vue'

export interface Route {
  /** First segment: home, forms, villages, fill, done, drafts, outbox, sent, returned, settings, enrol. */
  page: string
  /** Further segments, decoded. */
  args: string[]
  query: URLSearchParams
  /** The enrolment link the app was opened with. */
  enrolment?: string
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Reads `#/page/arg/arg?key=value`; anything else is home. */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page, ...args] = path.split('/').map(decoded)
  return { page: page || 'home', args, query: new URLSearchParams(query) }
}

/** Writes the fragment of a page: `link('fill', 'new', formKey)`. */
export function link(page: string, ...args: string[]): string {
  return `#/${[page, ...args].map(encodeURIComponent).join('/')}`
}

/** The page the address names. An enrolment link holds the phone's key, so it leaves the address bar at once. */
function read(): Route {
  if (!/^#(?:.*&)?token=/.test(location.hash)) return parse(location.hash)
  const enrolment = location.href
  history.replaceState(history.state, '', link('enrol'))
  return { ...parse(location.hash), enrolment }
}

export const route = ref<Route>(typeof location === 'undefined' ? parse('') : read())

/** Addresses of the pages gone through in this visit, to tell "back" from "replace". */
const trail: string[] = []
const here = (): string => link(route.value.page, ...route.value.args)

export function go(page: string, ...args: string[]): void {
  location.hash = link(page, ...args)
}

/** Shows a page in place of the one on show, so that Back does not return to it. */
export function replace(page: string, ...args: string[]): void {
  uncaught(() => {
    history.replaceState(history.state, '', link(page, ...args))
    route.value = parse(location.hash)
    trail.splice(-1, 1, here())
  })
}

/** What the phone's Back does on the page that caught it; true: it was used up there, and the page stays. */
let caught: (() => boolean) | undefined

/**
 * Lets the page on show use the phone's Back for itself. A second entry of the same address stands on top of its own
 * in the browser's history: Back only takes that one away, and it is put back while there is a use for Back.
 * Returns how to let go.
 */
export function catchBack(use: () => boolean): () => void {
  caught = use
  if (!onTop()) history.pushState({ caught: true }, '')
  return () => {
    if (caught === use) caught = undefined
  }
}

/** After a reload the second entry may still be there. */
const onTop = (): boolean => (history.state as { caught?: boolean } | null)?.caught === true

/** Acts on the page's own entry, after the one on top is gone. */
function uncaught(act: () => void): void {
  caught = undefined
  if (!onTop()) return act()
  addEventListener('popstate', act, { once: true })
  history.back()
}

function back(): void {
  if (!caught || onTop() || parse(location.hash).page !== route.value.page) return
  if (caught()) history.pushState({ caught: true }, '')
  else caught = undefined
}

/** To where the user came from; home, if the app was opened here. */
export function leave(): void {
  if (trail.length > 1) uncaught(() => history.back())
  else replace('home')
}

/** To the page above: one step back if that is where we came from, so that the phone's own Back never repeats it. */
export function up(page: string): void {
  if (trail.at(-2) === link(page)) uncaught(() => history.back())
  else replace(page)
}

export function listen(): void {
  trail.push(here())
  addEventListener('popstate', back)
  addEventListener('hashchange', () => {
    route.value = read()
    if (trail.at(-2) === here()) trail.pop()
    else trail.push(here())
    scrollTo(0, 0)
  })
}
