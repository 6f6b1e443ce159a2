/** What of the feed could not be stored, and why. */
import { NoAnswer, Refusal } from '../api'

/** Something of the feed that could not be stored this time; tried again at the next sync. */
export interface Lack {
  what: 'form' | 'returned'
  name: string
  why: 'network' | 'damaged' | 'refused' | 'noForm' | 'underWay'
  detail: string
}

/** A download whose bytes are not those the server promised. */
export class Damaged extends Error {}
/** A returned record whose form is neither here nor to be had. */
export class NoForm extends Error {}

export function lack(what: Lack['what'], name: string, error: unknown): Lack {
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof Damaged) return { what, name, why: 'damaged', detail }
  if (error instanceof NoForm) return { what, name, why: 'noForm', detail }
  if (error instanceof Refusal) return { what, name, why: 'refused', detail }
  if (error instanceof NoAnswer) return { what, name, why: 'network', detail }
  throw error
}
