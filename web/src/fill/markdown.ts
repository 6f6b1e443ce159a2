/** Draws the engine's markdown tree; of form authors' raw HTML only listed elements are drawn anew (WEBFORMS §3.2). */
import { h, type FunctionalComponent, type VNodeChild } from 'vue'
import { GUIDANCE_MARK, LINE_MARK } from '../engine/formxml'
import type { MarkdownNode } from '../engine'

const ELEMENTS = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'a', 'div', 'em', 'li', 'ol', 'p', 'span', 'strong', 'u', 'ul'])
/** Elements drawn from raw HTML; of any other only its content, of code and styles nothing. */
const HTML = new Set(['b', 'strong', 'i', 'em', 'u', 'br', 'p', 'span', 'div', 'ul', 'ol', 'li', 'sub', 'sup', 'small', 'a'])
const SILENT = new Set(['script', 'style', 'template', 'noscript', 'iframe', 'textarea', 'title', 'svg', 'math'])

type Styled = { properties?: { style?: Record<string, string | undefined> } }

function draw(node: MarkdownNode): VNodeChild {
  if (node.role === 'child') return node.value.replaceAll(GUIDANCE_MARK, '').replaceAll(LINE_MARK, '')
  if (node.role === 'line-break') return h('br')
  if (node.role === 'html') return h('span', fromHtml(node.unsafeHtml))
  const tag = ELEMENTS.has(node.elementName) ? heading(node.elementName) : 'span'
  return h(tag, tag === 'a' ? anchor(node as unknown as { url: string }) : styled(node as Styled), node.children.map(draw))
}

/** No text of an author becomes markup again: the parsed document is inert, and its copies carry no attribute but a link. */
function fromHtml(html: string): VNodeChild[] {
  return [...new DOMParser().parseFromString(html, 'text/html').body.childNodes].map(copy)
}

function copy(node: Node): VNodeChild {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent
  if (!(node instanceof Element) || SILENT.has(node.localName)) return null
  const inner = [...node.childNodes].map(copy)
  if (!HTML.has(node.localName)) return inner
  return h(node.localName, node.localName === 'a' ? anchor({ url: node.getAttribute('href') ?? '' }) : {}, inner)
}

/** An author's heading inside a question must not compete with the page's own. */
const heading = (tag: string): string => (/^h[1-6]$/.test(tag) ? 'strong' : tag)

function anchor({ url }: { url: string }): Record<string, string> {
  return /^(https?:|tel:|mailto:)/i.test(url) ? { href: url, target: '_blank', rel: 'noopener noreferrer' } : {}
}

function styled({ properties }: Styled): Record<string, unknown> {
  const { color, 'text-align': align } = properties?.style ?? {}
  return color || align ? { style: { color, textAlign: align } } : {}
}

/** Renders markdown nodes as phrasing and block content of the element around it. */
export const Markdown: FunctionalComponent<{ nodes: readonly MarkdownNode[] }> = ({ nodes }) => nodes.map(draw)
Markdown.props = ['nodes']

const textOf = (node: MarkdownNode): string =>
  node.role === 'child' ? node.value : node.role === 'parent' ? node.children.map(textOf).join('') : ''

/** A hint's own part and its guidance, which the engine glues together (see engine/formxml.ts). */
export function splitHint(nodes: readonly MarkdownNode[]): { hint: MarkdownNode[]; guidance: MarkdownNode[] } {
  const seam = nodes.findIndex((node) => textOf(node).includes(GUIDANCE_MARK))
  if (seam < 0) return { hint: [...nodes], guidance: [] }
  const hint = nodes.slice(0, seam + 1).filter((node) => textOf(node).replaceAll(GUIDANCE_MARK, '').trim())
  return { hint, guidance: nodes.slice(seam + 1) }
}
