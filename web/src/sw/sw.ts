/** The service worker: keeps the app itself for use without network; data never passes through it (WEBFORMS §6). */
declare const self: ServiceWorkerGlobalScope
export {} // A module, so that `self` here is the worker's.

// Both are filled in by build/precache.ts: the app's files, and a hash over their content.
const FILES = JSON.parse('__PRECACHE__') as string[]
const CACHE = 'pokja-__VERSION__'
const HASHED = /^\/assets\//

/** Takes what an older version already fetched, so that an update costs only what changed. */
async function kept(url: string): Promise<Response> {
  const known = HASHED.test(url) ? await caches.match(url) : undefined
  // A name with a hash never changes its content: what the page has just loaded is not fetched twice.
  const response = known ?? (await fetch(url, { cache: HASHED.test(url) ? 'default' : 'reload', credentials: 'same-origin' }))
  if (!response.ok || response.redirected) throw new Error(`${url}: HTTP ${response.status}`)
  return response
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  await Promise.all(FILES.map(async (url) => cache.put(url, await kept(url))))
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith('pokja-') && name !== CACHE)
  await Promise.all(old.map((name) => caches.delete(name)))
  await self.clients.claim()
}

/** The cached file that answers a request; undefined when the request is none of ours. */
function fileFor(request: Request): string | undefined {
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return undefined
  const path = url.pathname === '/index.html' ? '/' : url.pathname
  return FILES.includes(path) ? path : undefined
}

async function answer(file: string, request: Request): Promise<Response> {
  const cached = await (await caches.open(CACHE)).match(file)
  return cached ?? fetch(request)
}

self.addEventListener('install', (event) => event.waitUntil(install()))
self.addEventListener('activate', (event) => event.waitUntil(activate()))
self.addEventListener('fetch', (event) => {
  const file = fileFor(event.request)
  if (file) event.respondWith(answer(file, event.request))
})
self.addEventListener('message', (event) => {
  if (event.data === 'skipWaiting') void self.skipWaiting()
})
