/**
 * Languages of the interface: Indonesian first, English second; forms bring their own languages.
 *
 * Our texts need named values and one plural, "{n} record | {n} records". A library for them was a tenth of what
 * a first visit downloads.
 */
import { ref, type Ref } from 'vue'
import en from './en'
import id from './id'

export type Lang = 'id' | 'en'
export const LANGS: Record<Lang, string> = { id: 'Bahasa Indonesia', en: 'English' }

type Tree = { [name: string]: string | Tree }
type Values = Record<string, unknown>

// Strings of other parts lie beside these as `part.id.ts` and `part.en.ts`: one object each, under its own top key.
const parts = import.meta.glob<{ default: Tree }>('./*.*.ts', { eager: true })
const partsOf = (lang: Lang): Tree =>
  Object.assign({}, ...Object.entries(parts).filter(([name]) => name.endsWith(`.${lang}.ts`)).map(([, part]) => part.default))

const texts: Record<Lang, Map<string, string>> = {
  id: new Map(flat({ ...id, ...partsOf('id') })),
  en: new Map(flat({ ...en, ...partsOf('en') })),
}

function flat(tree: Tree, before = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [[before + name, value]] : flat(value, `${before}${name}.`),
  )
}

const locale: Ref<Lang> = ref('id')

/** Whether there is a text of that name. */
export const te = (key: string): boolean => texts[locale.value].has(key) || texts.id.has(key)

/** The text of that name with its values; its first half where `n` is one. A name without a text stands for itself. */
export function t(key: string, values: Values = {}, n = values.n ?? values.count): string {
  const text = texts[locale.value].get(key) ?? texts.id.get(key) ?? key
  const halves = text.split(' | ')
  const chosen = halves.length > 1 && Number(n) !== 1 ? halves[1]! : halves[0]!
  return chosen.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name] ?? '') : all))
}

export const useI18n = () => ({ t, te, locale })

export function setLang(lang: Lang): void {
  locale.value = lang
  document.documentElement.lang = lang
}

export { locale }
