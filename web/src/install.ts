/** Putting the app on the home screen, where the browser offers it. */
import { ref, shallowRef } from 'vue'
import { askToKeep } from './storage'

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>
}

/** The browser's offer; undefined when it makes none (installed already, or not supported). */
export const offer = shallowRef<InstallPrompt>()
export const installed = ref(false)

export function listen(): void {
  installed.value = matchMedia('(display-mode: standalone)').matches
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer.value = event as InstallPrompt
  })
  addEventListener('appinstalled', () => {
    installed.value = true
    offer.value = undefined
    void askToKeep()
  })
  // What is on the home screen usually gets lasting storage without a question.
  if (installed.value) void askToKeep()
}

export async function install(): Promise<void> {
  const prompt = offer.value
  offer.value = undefined
  await prompt?.prompt()
}
