/** Text in a box while it is typed: the engine rewrites numbers (`6` → `6.0`) and forgets what it cannot read. */
import { ref, watch, type Ref } from 'vue'
import type { AnyNode } from '../../engine'
import { valueOf } from '../../engine'
import { useFill } from '../fill'

export type Read = { ok: true; value: string } | { ok: false; fault: string }

export interface Buffer {
  text: Ref<string>
  typed(text: string): void
  /** Leaves the box: what decides about rows is only now handed over. */
  left(): void
}

/** `show` turns a stored value into box text, `read` turns box text into a stored value or a fault. */
export function useBuffer(node: AnyNode, show: (value: string) => string, read: (text: string) => Read): Buffer {
  const fill = useFill()
  const reference = node.currentState.reference
  const text = ref(fill.unread[reference]?.text ?? show(valueOf(node)))
  let writing = false

  // A value that changes under us (calculation, undo, another widget) replaces the text; our own does not.
  watch(
    () => valueOf(node),
    (value) => {
      if (!writing) text.value = show(value)
    },
    { flush: 'sync' },
  )

  async function commit(): Promise<void> {
    const reading = read(text.value)
    if (reading.ok) delete fill.unread[reference]
    else fill.unread[reference] = { text: text.value, fault: reading.fault }
    const value = reading.ok ? reading.value : ''
    await fill.change(node, () => {
      writing = true
      ;(node as unknown as { setValue(value: string): unknown }).setValue(value)
      writing = false
    })
  }
  return {
    text,
    typed(next) {
      text.value = next
      if (fill.session.decidesRows(node)) fill.unread[reference] = { text: next, fault: 'notLeft' }
      else void commit()
    },
    left() {
      if (fill.session.decidesRows(node)) void commit()
    },
  }
}
