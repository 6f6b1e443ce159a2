/** Languages of the interface: Indonesian first, English second; forms bring their own languages. */
import { createI18n } from 'vue-i18n'
import en from './en'
import id from './id'

export type Lang = 'id' | 'en'
export const LANGS: Record<Lang, string> = { id: 'Bahasa Indonesia', en: 'English' }

// Strings of other parts lie beside these as `part.id.ts` and `part.en.ts`: one object each, under its own top key.
const parts = import.meta.glob<{ default: Record<string, unknown> }>('./*.*.ts', { eager: true })
const partsOf = (lang: Lang): object =>
  Object.assign({}, ...Object.entries(parts).filter(([name]) => name.endsWith(`.${lang}.ts`)).map(([, part]) => part.default))

export const i18n = createI18n({
  legacy: false,
  locale: 'id',
  fallbackLocale: 'id',
  messages: { id: { ...id, ...partsOf('id') }, en: { ...en, ...partsOf('en') } },
})

export function setLang(lang: Lang): void {
  i18n.global.locale.value = lang
  document.documentElement.lang = lang
}
