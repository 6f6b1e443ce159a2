/** Opens the phone's camera or file chooser, saved first: small phones kill the page meanwhile (WEBFORMS §7). */
import { ref } from 'vue'
import { useFill } from '../fill'
import { UnreadablePhoto } from '../photo'

export type Trouble = 'unreadablePhoto' | 'unreadableFile' | 'storageFull' | 'notSaved'

export function useChooser(kept: (file: File, bytes: Blob) => Promise<void>) {
  const fill = useFill()
  const busy = ref(false)
  const trouble = ref<Trouble | null>(null)

  async function choose(input: HTMLInputElement | null): Promise<void> {
    trouble.value = null
    fill.touch()
    await fill.flush().catch(() => undefined) // the banner tells; a camera must open all the same
    input?.click()
  }

  async function chosen(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement
    const file = input.files?.[0]
    if (!file) return
    busy.value = true
    try {
      // At once: the chooser may withdraw the file after this event.
      const bytes = new Blob([await file.arrayBuffer()], { type: file.type })
      await kept(file, bytes)
    } catch (error) {
      trouble.value = troubleOf(error)
    } finally {
      input.value = ''
      busy.value = false
    }
  }
  return { busy, trouble, choose, chosen }
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof UnreadablePhoto) return 'unreadablePhoto'
  if (error instanceof DOMException && error.name === 'QuotaExceededError') return 'storageFull'
  return error instanceof DOMException ? 'unreadableFile' : 'notSaved'
}
