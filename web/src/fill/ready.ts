/** Makes the form ready that is likely opened next (EXPECTATIONS §1: a slow phone opens it without a wait). */
import * as db from '../db'
import { makeReady } from '../engine'
import type { Pause } from '../rest'
import { mediaOf, stampOf } from './record'

/** Works while `pause` answers true; a form the engine refuses says so when it is opened. */
export async function readyNext(pause: Pause): Promise<void> {
  const form = likely(await db.listInstances('draft', 'returned'), await db.currentForms())
  const row = form && (await db.getForm(form))
  if (row) await makeReady(await stampOf(row), row.xml, mediaOf(row), pause).catch(() => undefined)
}

/** The form of the record worked on last, else the first on offer. */
export function likely(open: readonly db.InstanceRow[], forms: readonly db.FormRow[]): string | undefined {
  const [last] = [...open].sort((a, b) => b.updatedAt - a.updatedAt)
  return last?.formKey ?? forms[0]?.key
}
