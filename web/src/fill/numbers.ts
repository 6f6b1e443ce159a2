/** Reads numbers as people type them and writes them as people read them; the engine only knows `61.5` (WEBFORMS §3.2). */

export const INT_MAX = 2_147_483_647
export type NumberLocale = 'id' | 'en'

export type Reading =
  | { kind: 'empty' }
  | { kind: 'number'; value: string }
  /** One separator before exactly three digits: "1.234" is 1234 to some and 1,234 to others. */
  | { kind: 'ambiguous'; whole: string; fraction: string }
  | { kind: 'fault'; fault: NumberFault }

export type NumberFault = 'notANumber' | 'notWhole' | 'tooBig'

const DECIMAL: Record<NumberLocale, string> = { id: ',', en: '.' }
const fault = (code: NumberFault): Reading => ({ kind: 'fault', fault: code })

/** The canonical text (`-1234.5`) of a typed number, or what keeps it from being one. */
export function readNumber(typed: string, type: 'int' | 'decimal', locale: NumberLocale): Reading {
  const text = typed.replace(/[\s\u00a0\u202f']/g, '').replace(/^[\u2212\u2013]/, '-')
  if (!text) return { kind: 'empty' }
  const match = /^([+-]?)([\d.,]+)$/.exec(text)
  if (!match || !/\d/.test(text)) return fault('notANumber')
  const sign = match[1] === '-' ? '-' : ''
  return type === 'int' ? readWhole(sign, match[2]!) : readDecimal(sign, match[2]!, locale)
}

function readWhole(sign: string, body: string): Reading {
  if (!/^\d+$/.test(body) && !isGrouped(body, '.') && !isGrouped(body, ',')) return fault('notWhole')
  const value = sign + trimZeros(body.replace(/[.,]/g, ''))
  const number = Number(value)
  return number > INT_MAX || number < -INT_MAX - 1 ? fault('tooBig') : { kind: 'number', value }
}

function readDecimal(sign: string, body: string, locale: NumberLocale): Reading {
  const separators = [...body].filter((mark) => mark === '.' || mark === ',')
  if (!separators.length) return exact(sign, body, '')
  if (new Set(separators).size === 2) return readMixed(sign, body)
  const mark = separators[0]!
  if (separators.length > 1) return isGrouped(body, mark) ? exact(sign, body, '') : fault('notANumber')
  const [whole = '', fraction = ''] = body.split(mark)
  if (mark !== DECIMAL[locale] && isGrouped(body, mark)) {
    return { kind: 'ambiguous', whole: sign + whole + fraction, fraction: `${sign}${whole}.${fraction}` }
  }
  return exact(sign, whole, fraction)
}

/** Both marks: the last one is the decimal mark, the other groups thousands. */
function readMixed(sign: string, body: string): Reading {
  const at = Math.max(body.lastIndexOf('.'), body.lastIndexOf(','))
  const [group, whole, fraction] = [body[at] === ',' ? '.' : ',', body.slice(0, at), body.slice(at + 1)]
  return isGrouped(whole, group) && /^\d*$/.test(fraction) ? exact(sign, whole, fraction) : fault('notANumber')
}

function exact(sign: string, whole: string, fraction: string): Reading {
  const digits = trimZeros(whole.replace(/[.,]/g, '')) || '0'
  return { kind: 'number', value: sign + digits + (fraction ? `.${fraction}` : '') }
}

const trimZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '')
const isGrouped = (body: string, mark: string): boolean =>
  new RegExp(`^[1-9]\\d{0,2}(\\${mark}\\d{3})+$`).test(body)

/** A canonical number as it is typed here: `61.5` → `61,5`; the engine's `6.0` → `6`. */
export function editText(value: string, locale: NumberLocale): string {
  const plain = value.replace(/^(-?\d+)\.0+$/, '$1')
  return /^-?\d*\.?\d*$/.test(plain) ? plain.replace('.', DECIMAL[locale]) : value
}

/** With thousands groups: `132495.5` → `132.495,5`. */
export function readableNumber(value: string, locale: NumberLocale): string {
  const [whole = '', fraction] = editText(value, 'en').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, locale === 'id' ? '.' : ',')
  return fraction === undefined ? grouped : grouped + DECIMAL[locale] + fraction
}
