// Fills a form on the phone's engine with the same commands as CollectEngine.java; returns one answer per command.
import { loadForm } from '@getodk/xforms-engine'

const childrenOf = (node) => node.currentState.children ?? []
const pathOf = (node) => node.currentState.reference.replace(/^\/[^/]+/, '')
const isRange = (node) => node.nodeType.startsWith('repeat-range')

function find(node, path) {
  if (pathOf(node) === path && !isRange(node)) return node
  for (const child of childrenOf(node)) {
    const found = find(child, path)
    if (found) return found
  }
  return undefined
}

function set(node, text) {
  if (!node.currentState.relevant) return 'unreachable'
  if (node.nodeType === 'select') {
    if (node.selectType === 'select') node.selectValues(text ? text.split(' ') : [])
    else node.selectValue(text || null)
  } else if (node.nodeType === 'trigger') node.setValue(Boolean(text))
  else if (node.nodeType === 'upload') node.setValue(text ? new File(['x'], text, { type: 'image/jpeg' }) : null)
  else node.setValue(text)
  return 'ok'
}

function state(node) {
  const { relevant, required, instanceValue } = node.currentState
  const held = node.validationState?.violation?.condition !== 'constraint'
  return [relevant, Boolean(required), held, instanceValue ?? ''].join('\t')
}

/** `files`: lists that travel with the form, as text by name; as in the app, one that is missing is empty. */
globalThis.fillForm = async (xml, lines, files = {}) => {
  const fetchFormAttachment = async ({ href }) => {
    const text = files[decodeURIComponent(href.split('/').pop())]
    return text === undefined ? new Response('', { status: 404 }) : new Response(text, { headers: { 'content-type': 'text/csv' } })
  }
  const form = await loadForm(xml, { fetchFormAttachment, missingResourceBehavior: 'BLANK' })
  if (form.status === 'failure') throw form.error
  const { root } = form.createInstance({
    instanceAttachments: { fileNameFactory: ({ basename, extension }) => `${basename}${extension ?? ''}` },
  })
  return lines.map((line) => {
    const [command, path, value] = line.split('\t')
    if (command === 'language') {
      root.setLanguage(root.languages.find(({ language }) => language === path))
      return 'ok'
    }
    if (command === 'faults') return root.validationState.violations.map(({ reference }) => reference).join(' ')
    const node = find(root, path)
    if (!node) return command === 'set' ? 'unreachable' : 'absent'
    if (command === 'set') return set(node, value)
    return command === 'state' ? state(node) : (node.currentState.label?.asString.trim() ?? '')
  })
}
