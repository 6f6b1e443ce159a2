// @vitest-environment jsdom
import { expect, it } from 'vitest'
import { parseXml, prepareForm } from '../../src/engine/formxml'
import { identify, readMeta, serialize, stripControl, valueAt, type Identity } from '../../src/engine/instancexml'
import { extensionOf, fileName } from '../../src/fill/photo'

const ORX = 'http://openrosa.org/xforms'
const XML =
  `<data xmlns:orx="${ORX}" id="uji" version="3"><identitas><desa> 19.06.01.2001 </desa></identitas><foto>1-foto.jpg</foto><kosong/>` +
  '<orx:meta><orx:instanceID>uuid:a</orx:instanceID><orx:instanceName>Desa A &amp; B</orx:instanceName></orx:meta></data>'

const meta = (xml: string) => readMeta(parseXml(xml))
function withIdentity(xml: string, identity: Identity): string {
  const doc = parseXml(xml)
  identify(doc, identity)
  return serialize(doc)
}

it('the meta block is read with its namespace', () => {
  expect(meta(XML)).toEqual({ instanceId: 'uuid:a', instanceName: 'Desa A & B', deprecatedId: '', version: '3' })
})

it('an identity is set once, in the namespace of its neighbour', () => {
  const once = withIdentity(XML, { instanceId: 'uuid:b', deprecatedId: 'uuid:a', version: '7' })
  const twice = withIdentity(once, { deprecatedId: 'uuid:a' })
  expect(meta(twice)).toEqual({ instanceId: 'uuid:b', instanceName: 'Desa A & B', deprecatedId: 'uuid:a', version: '7' })
  expect(twice.match(/deprecatedID>uuid:a</g)).toHaveLength(1)
  expect(twice).toContain('<orx:deprecatedID>')
})

it('a record that is no edit loses a deprecatedID it may carry', () => {
  const edit = withIdentity(XML, { deprecatedId: 'uuid:a' })
  expect(withIdentity(edit, {})).not.toContain('deprecatedID')
})

it('values are found by path', () => {
  expect(valueAt(parseXml(XML), '/identitas/desa')).toBe('19.06.01.2001')
  expect(valueAt(parseXml(XML), '/identitas/tidak/ada')).toBe('')
})

it.each([
  ['a\u0000b\u0008c', 'abc'],
  ['tab\tline\nend\r', 'tab\tline\nend\r'],
  ['\ud83d\ude00 ok', '\ud83d\ude00 ok'],
  ['\ud83d alone \ude00', ' alone '],
  ['\uffff\ufffe', ''],
])('control characters go, everything else stays: %j', (text, clean) => expect(stripControl(text)).toBe(clean))

const form = (binds: string, count: string): string =>
  `<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms" xmlns:jr="http://openrosa.org/javarosa"><h:head><model>` +
  `<instance><data id="f" version="9"/></instance>${binds}</model></h:head><h:body><group><repeat nodeset="/data/r" jr:count="${count}"/></group></h:body></h:html>`

it('the fields behind a repeat count are followed through calculates', () => {
  const binds =
    '<bind nodeset="/data/r_count" calculate=" /data/a + ../b * 2"/><bind nodeset="/data/b" calculate="if(/data/g/c = \'/data/no\', 1, 2)"/>' +
    '<bind nodeset="/data/other" calculate="/data/z"/>'
  const facts = prepareForm(form(binds, ' /data/r_count '))
  expect([...facts.countSources].sort()).toEqual(['a', 'b', 'c', 'r_count'])
  expect([facts.id, facts.version, facts.rootName]).toEqual(['f', '9', 'data'])
})

it('files are named by moment and question, with a plain extension', () => {
  expect(fileName('a1_bukti', 'jpg', 1764000000123)).toBe('1764000000123-a1_bukti.jpg')
  expect(fileName('../x y', 'jpg', 1)).toBe('1-___x_y.jpg')
  expect(extensionOf({ name: 'Surat Keputusan.PDF', type: '' })).toBe('pdf')
  expect(extensionOf({ name: 'rekaman', type: 'audio/ogg' })).toBe('ogg')
  expect(extensionOf({ name: 'x', type: '' })).toBe('bin')
})
