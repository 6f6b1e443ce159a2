/** Addresses for bytes the phone holds, given back when a component is done with them. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Follows a source of blobs; the address is '' while there is none. */
export function useBlobUrl(source: () => Promise<Blob | null | undefined>, when: () => unknown): Ref<string> {
  const url = ref('')
  let turn = 0
  const release = (): void => {
    if (url.value) URL.revokeObjectURL(url.value)
    url.value = ''
  }
  watch(
    when,
    async () => {
      const mine = ++turn
      const blob = await source().catch(() => null)
      if (mine !== turn) return
      release()
      url.value = blob ? URL.createObjectURL(blob) : ''
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    turn++
    release()
  })
  return url
}
