/** Writes at most once at a time, half a second after the last change, and at once when asked (WEBFORMS §6.1). */

export interface Autosave {
  /** Something changed: write soon. */
  touch(): void
  /** Write now what is unwritten; resolves when it is on disk, rejects with what hindered it. */
  flush(): Promise<void>
  /** Stop listening; unwritten changes are still written. */
  stop(): Promise<void>
}

export function autosave(write: () => Promise<void>, failed: (error: unknown) => void, wait = 500): Autosave {
  let timer: ReturnType<typeof setTimeout> | undefined
  let dirty = false
  let running: Promise<void> = Promise.resolve()

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    const next = running.catch(() => undefined).then(async () => {
      if (!dirty) return
      dirty = false
      try {
        await write()
      } catch (error) {
        dirty = true
        throw error
      }
    })
    running = next
    return next
  }
  const quietly = (): void => void flush().catch(failed)
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') quietly()
  }
  document.addEventListener('visibilitychange', hidden)
  window.addEventListener('pagehide', quietly)
  return {
    touch() {
      dirty = true
      clearTimeout(timer)
      timer = setTimeout(quietly, wait)
    },
    flush,
    async stop() {
      document.removeEventListener('visibilitychange', hidden)
      window.removeEventListener('pagehide', quietly)
      await flush().catch(failed)
    },
  }
}
