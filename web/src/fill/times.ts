/** Between native date and time inputs and what XForms stores; the engine blanks `13:45` in silence (WEBFORMS §3.2). */

const two = (number: number): string => String(Math.trunc(number)).padStart(2, '0')

/** `+07:00` for a moment on this phone. */
export function offsetOf(moment: Date): string {
  const minutes = -moment.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`
}

/** `13:45` → `13:45:00.000+07:00`, with the offset this phone has today. */
export function storedTime(input: string, today = new Date()): string {
  return input ? `${seconds(input)}${offsetOf(today)}` : ''
}

/** `2026-11-24T10:00` → `2026-11-24T10:00:00.000+07:00`, with the offset of that day. */
export function storedDateTime(input: string): string {
  const [date, time] = input.split('T')
  return date && time ? `${date}T${seconds(time)}${offsetOf(new Date(input))}` : ''
}

const seconds = (time: string): string => `${time.length === 5 ? `${time}:00` : time.slice(0, 8)}.000`

/** What a native time input shows for a stored time. */
export const timeInput = (stored: string): string => /^\d\d:\d\d/.exec(stored)?.[0] ?? ''

/** What a native date-time input shows for a stored moment, on this phone's clock. */
export function dateTimeInput(stored: string): string {
  const local = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)/.exec(stored)?.[1]
  const moment = new Date(stored)
  if (!local || Number.isNaN(moment.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(stored)) return local ?? ''
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`
}
