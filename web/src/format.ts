/** Times and sizes in words of the interface's language (DOMAIN §6: 24 November 2026; decimal comma). */
import { locale as lang, t } from './i18n'

const LOCALES = { id: 'id-ID', en: 'en-GB' } as const
const locale = (): string => LOCALES[lang.value]

const DAY = 86_400_000
const startOfDay = (time: number): number => new Date(time).setHours(0, 0, 0, 0)

/** `hari ini pukul 09.12`, `kemarin pukul 09.12`, `24 November 2026 pukul 09.12`. */
export function moment(when: number | string, now = Date.now()): string {
  const at = new Date(when)
  if (Number.isNaN(at.getTime())) return String(when)
  const time = at.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' })
  const days = Math.round((startOfDay(now) - startOfDay(at.getTime())) / DAY)
  if (days === 0) return t('time.today', { time })
  if (days === 1) return t('time.yesterday', { time })
  return t('time.on', { time, date: at.toLocaleDateString(locale(), { day: 'numeric', month: 'long', year: 'numeric' }) })
}

/** Megabytes with one decimal; nothing is ever shown as 0,0 MB. */
export function size(bytes: number): string {
  if (bytes < 50_000) return t('size.less')
  const number = (value: number): string =>
    value.toLocaleString(locale(), { minimumFractionDigits: value < 100 ? 1 : 0, maximumFractionDigits: value < 100 ? 1 : 0 })
  return bytes < 1e9 ? t('size.mb', { n: number(bytes / 1e6) }) : t('size.gb', { n: number(bytes / 1e9) })
}
