/** Explains a failed sending in the worker's words: by the exact code, else by its status, else in general. */
import { t, te } from './i18n'

/** Keys of `why.*` to look up, most exact first. */
export function keysOf(code: string): string[] {
  const status = code.split('.')[0] ?? ''
  const exact = code.replace('.', '_')
  return /^\d/.test(code)
    ? [`c${exact}`, `c${status}`, `s${status}`, ...(/^5/.test(status) ? ['s5'] : []), 'other']
    : [exact, 'other']
}

export function explain(code: string): string {
  const key = keysOf(code).find((one) => te(`why.${one}`)) ?? 'other'
  return t(`why.${key}`)
}
