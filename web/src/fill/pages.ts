/** Cuts an instance into pages as ODK Collect does: a field-list group whole, else one question; every repeat row again. */
import {
  appearancesOf,
  childrenOf,
  isControl,
  labelOf,
  valueOf,
  type AnyNode,
  type RepeatRangeNode,
  type RootNode,
} from '../engine'

export interface Page {
  /** Reference of the page's node; stays the same when the instance is opened again. */
  key: string
  kind: 'question' | 'list' | 'rows'
  node: AnyNode
  /** Labels of the groups around it, outermost first; repeat rows as "Label 2/5". */
  trail: string[]
}

export interface Section {
  key: string
  label: string
  pages: Page[]
}

/** All relevant pages under their sections; a form with one outer group is cut one level deeper. */
export function sections(root: RootNode): Section[] {
  let top = childrenOf(root)
  let trail: string[] = []
  for (let only = soleGroup(top); only; only = soleGroup(top)) {
    trail = [...trail, labelOf(only)].filter(Boolean)
    top = childrenOf(only)
  }
  const found: Section[] = []
  for (const node of top) {
    const pages = pagesOf(node, trail)
    if (!pages.length) continue
    const named = !isControl(node)
    const last = found[found.length - 1]
    // Questions that stand alone share a section with their neighbours.
    if (!named && last && !last.label) last.pages.push(...pages)
    else found.push({ key: node.currentState.reference, label: named ? labelOf(node) : '', pages })
  }
  return found
}

function soleGroup(nodes: readonly AnyNode[]): AnyNode | null {
  const shown = nodes.filter((node) => node.nodeType !== 'model-value' && node.currentState.relevant)
  const [only] = shown
  return shown.length === 1 && only?.nodeType === 'group' && !isList(only) ? only : null
}

const isList = (node: AnyNode): boolean => {
  const looks = appearancesOf(node)
  return looks.has('field-list') || looks.has('table-list')
}

function pagesOf(node: AnyNode, trail: string[]): Page[] {
  if (node.nodeType === 'model-value' || !node.currentState.relevant) return []
  const key = node.currentState.reference
  if (isControl(node)) return [{ key, kind: 'question', node, trail }]
  if (isRange(node)) return rowPages(node, trail)
  if (!hasBody(node)) return []
  if (isList(node)) return [{ key, kind: 'list', node, trail }]
  return childrenOf(node).flatMap((child) => pagesOf(child, [...trail, labelOf(node)].filter(Boolean)))
}

function rowPages(range: RepeatRangeNode, trail: string[]): Page[] {
  const rows = childrenOf(range)
  const pages = rows.flatMap((row, index) => {
    const inner = [...trail, rowLabel(range, index)]
    if (!row.currentState.relevant || !hasBody(row)) return []
    if (isList(range)) return [{ key: row.currentState.reference, kind: 'list' as const, node: row, trail: inner }]
    return childrenOf(row).flatMap((child) => pagesOf(child, inner))
  })
  if (range.nodeType === 'repeat-range:controlled') return pages
  return [...pages, { key: `${range.currentState.reference}/+`, kind: 'rows', node: range, trail }]
}

/** "BKB", where rows carry their own titles, else "Kelompok 2/5": a row among its rows. */
export function rowLabel(range: RepeatRangeNode, index: number): string {
  const rows = childrenOf(range)
  const own = rows[index] ? labelOf(rows[index]) : ''
  return own && own !== labelOf(range) ? own : `${labelOf(range)} ${index + 1}/${rows.length}`.trim()
}

export const isRange = (node: AnyNode): node is RepeatRangeNode => node.nodeType.startsWith('repeat-range')

const hasBody = (node: AnyNode): boolean =>
  (node.currentState as { hasRelevantBodyNodes?: boolean }).hasRelevantBodyNodes ?? true

/** The questions a page shows, in order. */
export function questionsOf(node: AnyNode): AnyNode[] {
  if (node.nodeType === 'model-value' || !node.currentState.relevant) return []
  return isControl(node) ? [node] : childrenOf(node).flatMap(questionsOf)
}

export type Progress = 'complete' | 'lacking' | 'empty'

/** How far a page or a section is; `faulty` names questions that hold text the form cannot take. */
export function progressOf(pages: Page[], faulty: ReadonlySet<string>): Progress {
  const questions = pages.flatMap((page) => questionsOf(page.node)).filter((node) => node.nodeType !== 'note')
  const wrong = questions.some((node) => violates(node) || faulty.has(node.currentState.reference))
  const begun = questions.some((node) => valueOf(node) !== '' || faulty.has(node.currentState.reference))
  if (!begun) return questions.length ? 'empty' : 'complete'
  return wrong ? 'lacking' : 'complete'
}

function violates(node: AnyNode): boolean {
  const state = node.validationState as { violation?: unknown }
  return state.violation != null
}

/** The page that shows a reference: the page itself, its question, or the nearest page above or below it. */
export function pageAt(pages: readonly Page[], reference: string): number {
  const exact = pages.findIndex((page) => page.key === reference)
  if (exact >= 0) return exact
  const around = pages.findIndex((page) => page.kind !== 'rows' && under(reference, page.key))
  return around >= 0 ? around : pages.findIndex((page) => under(page.key, reference))
}

const under = (inner: string, outer: string): boolean => inner.startsWith(`${outer}/`) || inner.startsWith(`${outer}[`)

