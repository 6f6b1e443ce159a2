/** Pages by the fragment of the address (`#/fill/…`), so that every page is the one cached index.html. */
import { ref } from 'vue'

export interface Route {
  /** First segment: home, forms, villages, fill, done, drafts, outbox, sent, returned, settings, enrol. */
  page: string
  /** Further segments, decoded. */
  args: string[]
  query: URLSearchParams
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

export const route = ref<Route>(parse(typeof location === 'undefined' ? '' : location.hash))

export function go(page: string, ...args: string[]): void {
  location.hash = link(page, ...args)
}

/** Shows a page in place of the one on show, so that Back does not return to it. */
export function replace(page: string, ...args: string[]): void {
  history.replaceState(history.state, '', link(page, ...args))
  route.value = parse(location.hash)
}

export function back(): void {
  if (history.length > 1) history.back()
  else replace('home')
}

export function listen(): void {
  addEventListener('hashchange', () => {
    route.value = parse(location.hash)
    scrollTo(0, 0)
  })
}
