/** Fills in the village a visit was started from, and the lists above it that lead to it. */
import { childrenOf, pathOf, type AnyNode, type SelectNode } from '../engine'
import type { Fill } from './fill'

/** Sets the area field to `code`; selects before it that offer a prefix of the code (kecamatan, kabupaten) first. */
export async function prefillVillage(fill: Fill, code: string): Promise<void> {
  const path = fill.form.areaField
  if (!path) return
  const before = selectsUpTo(fill.session.root.value, path)
  for (const node of before) {
    const option = node.currentState.valueOptions.find(({ value }) => leadsTo(value, code))
    if (option) await fill.change(node, () => node.selectValue(option.value))
  }
}

/** Codes are a prefix tree: 19.06 → 19.06.04 → 19.06.04.2001. */
const leadsTo = (value: string, code: string): boolean => value === code || code.startsWith(`${value}.`)

function selectsUpTo(root: AnyNode, path: string): SelectNode[] {
  const found: SelectNode[] = []
  const visit = (node: AnyNode): boolean => {
    if (node.nodeType === 'select') found.push(node)
    return pathOf(node) === path || childrenOf(node).some(visit)
  }
  return visit(root) ? found.filter((node) => node.selectType === 'select1') : []
}
