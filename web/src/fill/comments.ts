/** Places a reviewer's remarks beside their questions, and those without a question at the top (EXPECTATIONS F8). */
import { childrenOf, pathOf, type AnyNode } from '../engine'
import type { Comment } from '../db'
import { pageAt, type Page } from './pages'

/** Remarks on exactly this question; the path of a row without its number means every row. */
export function commentsOn(node: AnyNode, comments: readonly Comment[]): Comment[] {
  const path = pathOf(node)
  const plain = path.replace(/\[\d+\]/g, '')
  return comments.filter(({ path: at }) => at !== null && (at === path || at === plain))
}

/** Remarks whose question is not (or no longer) asked, and those on the whole record. */
export function loose(root: AnyNode, comments: readonly Comment[]): Comment[] {
  const asked = new Set<string>()
  collect(root, asked)
  return comments.filter(({ path }) => path === null || !asked.has(path))
}

function collect(node: AnyNode, into: Set<string>): void {
  if (!node.currentState.relevant) return
  const path = pathOf(node)
  into.add(path).add(path.replace(/\[\d+\]/g, ''))
  childrenOf(node).forEach((child) => collect(child, into))
}

/** Indices of the pages that hold a remark, ascending. */
export function commentedPages(pages: readonly Page[], rootName: string, comments: readonly Comment[]): number[] {
  const at = comments.flatMap(({ path }) => {
    if (path === null) return []
    const index = pageAt(pages, `/${rootName}${path}`)
    return index < 0 ? firstOf(pages, path) : [index]
  })
  return [...new Set(at)].sort((a, b) => a - b)
}

const firstOf = (pages: readonly Page[], path: string): number[] => {
  const index = pages.findIndex((page) => pathOf(page.node).replace(/\[\d+\]/g, '').startsWith(path))
  return index < 0 ? [] : [index]
}
