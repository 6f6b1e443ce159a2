/** The service worker's life: registered once, a new version waits until the worker says yes. */
import { shallowRef } from 'vue'

/** A new version that waits to take over. */
export const waiting = shallowRef<ServiceWorker>()

export async function register(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const had = navigator.serviceWorker.controller !== null
  let reloaded = false
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The very first worker takes over a page that is as new as itself.
    if (had && !reloaded) {
      reloaded = true
      location.reload()
    }
  })
  const registration = await navigator.serviceWorker.register('/sw.js')
  const look = (): void => {
    if (registration.waiting && navigator.serviceWorker.controller) waiting.value = registration.waiting
  }
  look()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') registration.update().catch(() => undefined)
  })
}

export function apply(): void {
  waiting.value?.postMessage('skipWaiting')
}

/** Which build is kept on this phone: the hash over its files; undefined while none is. */
export async function build(): Promise<string | undefined> {
  if (!('caches' in globalThis)) return undefined
  return (await caches.keys()).find((name) => name.startsWith('pokja-'))?.slice('pokja-'.length)
}
