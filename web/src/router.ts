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
  history.replaceState(history.state, '', link(page, ...args))
  route.value = parse(location.hash)
  trail.splice(-1, 1, here())
}

/** To the page above: one step back if that is where we came from, so that the phone's own Back never repeats it. */
export function up(page: string): void {
  if (trail.at(-2) === link(page)) history.back()
  else replace(page)
}

export function listen(): void {
  trail.push(here())
  addEventListener('hashchange', () => {
    route.value = read()
    if (trail.at(-2) === here()) trail.pop()
    else trail.push(here())
    scrollTo(0, 0)
  })
}
