import { afterEach, expect, test } from 'vitest'
import en from '../src/i18n/en'
import fillEn from '../src/i18n/fill.en'
import fillId from '../src/i18n/fill.id'
import id from '../src/i18n/id'
import { locale, t, te } from '../src/i18n'

afterEach(() => void (locale.value = 'id'))

test.each<[string, Record<string, unknown> | undefined, number | undefined, string]>([
  ['returned.comments', { n: 1 }, undefined, '1 comment on a question'],
  ['returned.comments', { n: 2 }, undefined, '2 comments on questions'],
  ['returned.comments', { n: 0 }, 0, '0 comments on questions'],
  ['settings.leaveSure', { n: 3 }, 1, 'Yes, delete 3 unsent record'],
  ['no.such.text', { n: 1 }, undefined, 'no.such.text'],
])('%s with %j and %j', (key, values, n, expected) => {
  locale.value = 'en'
  expect(t(key, values, n)).toBe(expected)
})

test('a value that is not given leaves its place visible', () => {
  locale.value = 'en'
  expect(t('returned.comments')).toBe('{n} comments on questions')
})

test('values are not read as places for values', () => {
  expect(t('app.fault', { text: '{n} | $&' })).toContain('{n} | $&')
})

test('a name is known where there is a text', () => {
  expect([te('app.fault'), te('app'), te('app.nothing')]).toEqual([true, false, false])
})

type Tree = { [name: string]: string | Tree }
const named = (tree: Tree, before = ''): [string, string][] =>
  Object.entries(tree).flatMap(([name, value]) => (typeof value === 'string' ? [[before + name, value]] : named(value, `${before}${name}.`)) as [string, string][])
const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

test('both languages have the same texts, with places for the same values', () => {
  const english = new Map(named({ ...en, ...fillEn } as Tree))
  const indonesian = new Map(named({ ...id, ...fillId } as Tree))
  expect([...english.keys()].sort()).toEqual([...indonesian.keys()].sort())
  for (const [name, text] of indonesian) expect([name, places(english.get(name) ?? '')]).toEqual([name, places(text)])
})
