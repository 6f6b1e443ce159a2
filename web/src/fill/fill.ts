/** One open instance as the pages see it: where we are, what is shown, what is saved. */
import { computed, inject, reactive, ref, shallowReactive, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import * as db from '../db'
import { childrenOf, nodeName, ownWords, pathOf, valueOf, type AnyNode, type DroppedRows, type Session, type UploadNode } from '../engine'
import { autosave } from './autosave'
import { commentedPages, loose } from './comments'
import { pageAt, questionsOf, sections, type Page, type Section } from './pages'
import { extensionOf, fileName } from './photo'
import type { Opened } from './record'

/** Text in a box that its question cannot take, and why (a key of `fill.fault`). */
export interface Unread {
  text: string
  fault: string
}

export interface Listed {
  reference: string
  page: number
  node: AnyNode
  message: string | null
  /** A key of `fill.fault` where the author gave no words. */
  fault: string
}

/** After the last page stands the page that finishes. */
export const END = 'end'

export type SaveState = 'saved' | 'saving' | 'failed' | 'locked'

export interface Fill {
  session: Session
  row: db.InstanceRow
  form: db.FormRow
  sections: ComputedRef<Section[]>
  pages: ComputedRef<Page[]>
  /** Index of the page on show; `pages.length` is the finishing page. */
  at: ComputedRef<number>
  page: ComputedRef<Page | undefined>
  section: ComputedRef<Section | undefined>
  commented: ComputedRef<number[]>
  looseComments: ComputedRef<db.Comment[]>
  /** Code of the village chosen in the form, '' while there is none. */
  village: ComputedRef<string>
  unread: Record<string, Unread>
  saveState: Ref<SaveState>
  stored: Ref<boolean>
  /** References of questions whose faults may be shown. */
  judged: Set<string>
  dropAsked: Ref<{ rows: DroppedRows[]; answer: (yes: boolean) => void } | null>
  change(node: AnyNode, apply: () => unknown): Promise<boolean>
  write(node: AnyNode, text: string): Promise<boolean>
  keep(node: UploadNode, file: Blob & { name?: string }, extension?: string): Promise<void>
  drop(node: UploadNode): Promise<void>
  touch(): void
  flush(): Promise<void>
  goTo(index: number): void
  goToReference(reference: string): void
  judge(page: Page): boolean
  problemOf(node: AnyNode): { message: string | null; fault: string } | null
  problems(): Promise<Listed[]>
  finalise(): Promise<void>
  setLanguage(name: string): void
  close(): Promise<void>
}

export const fillKey: InjectionKey<Fill> = Symbol('fill')

export function useFill(): Fill {
  const fill = inject(fillKey)
  if (!fill) throw new Error('no open form around this component')
  return fill
}

export function startFill({ session, row, form, stored }: Opened): Fill {
  const root = session.root
  const isStored = ref(stored)
  const saveState = ref<SaveState>('saved')
  const unread = reactive<Record<string, Unread>>({ ...row.unread })
  const judged = shallowReactive(new Set<string>())
  const dropAsked = ref<{ rows: DroppedRows[]; answer: (yes: boolean) => void } | null>(null)
  const files = new Set<string>()

  const sectionList = computed(() => sections(root.value))
  const pages = computed(() => sectionList.value.flatMap((section) => section.pages))
  const comments = computed(() => row.comments ?? [])
  const commented = computed(() => commentedPages(pages.value, session.facts.rootName, comments.value))

  const key = ref(firstKey())
  const at = computed(() => (key.value === END ? pages.value.length : indexOf(key.value)))
  const page = computed<Page | undefined>(() => pages.value[at.value])
  const section = computed(() => sectionList.value.find((one) => page.value && one.pages.includes(page.value)))
  const looseComments = computed(() => loose(root.value, comments.value))

  const village = computed(() => {
    const node = form.areaField ? nodeAt(root.value, form.areaField) : undefined
    return node ? valueOf(node) : ''
  })

  function firstKey(): string {
    const target = row.page ?? (commented.value.length ? pages.value[commented.value[0]!]?.key : undefined)
    return target ?? pages.value[0]?.key ?? END
  }

  /** A page may vanish under its reader when an answer makes it irrelevant: stay near it. */
  let lastIndex = 0
  function indexOf(reference: string): number {
    const index = pageAt(pages.value, reference)
    if (index >= 0) lastIndex = index
    return index >= 0 ? index : Math.max(0, Math.min(lastIndex, pages.value.length - 1))
  }

  const saver = autosave(
    async () => {
      saveState.value = 'saving'
      const saved = await session.save()
      Object.assign(row, { xml: saved.xml, title: saved.title, village: saved.village, lang: session.language || undefined })
      row.page = key.value
      row.unread = Object.keys(unread).length ? JSON.parse(JSON.stringify(unread)) : undefined
      await db.saveDraft({ ...row })
      isStored.value = true
      saveState.value = 'saved'
    },
    (error) => {
      saveState.value = error instanceof db.NotADraft ? 'locked' : 'failed'
    },
  )

  session.confirmDrop = (rows) =>
    new Promise((resolve) => {
      dropAsked.value = {
        rows,
        answer(yes) {
          dropAsked.value = null
          resolve(yes)
        },
      }
    })

  async function flush(): Promise<void> {
    try {
      await saver.flush()
    } catch (error) {
      saveState.value = error instanceof db.NotADraft ? 'locked' : 'failed'
      throw error
    }
  }

  async function change(node: AnyNode, apply: () => unknown): Promise<boolean> {
    const done = await session.change(node, apply)
    saver.touch()
    return done
  }

  const fill: Fill = {
    session,
    row,
    form,
    sections: sectionList,
    pages,
    at,
    page,
    section,
    commented,
    looseComments,
    village,
    unread,
    saveState,
    stored: isStored,
    judged,
    dropAsked,
    change,
    async write(node, text) {
      const done = await session.write(node as never, text)
      saver.touch()
      return done
    },
    async keep(node, file, extension) {
      saver.touch()
      await flush() // the row must exist before files hang on it
      const name = fileName(nodeName(node), extension ?? extensionOf({ name: file.name ?? '', type: file.type }), Date.now())
      await db.putBlob({ instanceId: row.instanceId, name, blob: file, type: file.type, size: file.size })
      files.add(name)
      const old = valueOf(node)
      session.attach(node, name)
      saver.touch()
      await flush()
      if (old) await db.deleteBlob(row.instanceId, old)
    },
    async drop(node) {
      const old = valueOf(node)
      session.detach(node)
      saver.touch()
      await flush()
      if (old) await db.deleteBlob(row.instanceId, old)
    },
    touch: () => saver.touch(),
    flush,
    goTo(index) {
      const target = pages.value[index]
      key.value = target ? target.key : END
      if (isStored.value) saver.touch()
    },
    goToReference(reference) {
      const index = pageAt(pages.value, reference)
      if (index >= 0) fill.goTo(index)
    },
    judge(one) {
      const questions = questionsOf(one.node)
      questions.forEach((node) => judged.add(node.currentState.reference))
      return questions.every((node) => !fill.problemOf(node))
    },
    problemOf(node) {
      const typed = unread[node.currentState.reference]
      if (typed) return { message: null, fault: typed.fault }
      const { violation } = node.validationState as { violation?: Parameters<typeof ownWords>[0] & { condition: string } }
      return violation ? { message: ownWords(violation), fault: violation.condition } : null
    },
    async problems() {
      const asked = questionsIn(pages.value)
      const held = new Set((await db.listBlobs(row.instanceId)).map((blob) => blob.name))
      return asked.flatMap(({ node, page: index }) => {
        const problem = fill.problemOf(node) ?? lostFile(node, held)
        return problem ? [{ reference: node.currentState.reference, page: index, node, ...problem }] : []
      })
    },
    async finalise() {
      saver.touch()
      await flush()
      const { xml, title, village, deprecatedId, instanceId } = row
      await db.finalise(instanceId, { xml, title, village, ...(deprecatedId && { deprecatedId }) })
      saveState.value = 'locked'
    },
    setLanguage(name) {
      session.setLanguage(name)
      if (isStored.value) saver.touch()
    },
    close: () => saver.stop(),
  }

  /** A new record's file must lie on this phone; an edit's unchanged files lie on the server. */
  function lostFile(node: AnyNode, held: ReadonlySet<string>): { message: null; fault: string } | null {
    const name = node.nodeType === 'upload' ? valueOf(node) : ''
    return name && row.mode === 'new' && !held.has(name) ? { message: null, fault: 'fileLost' } : null
  }
  return fill
}

/** The node at a path without the root element. */
function nodeAt(node: AnyNode, path: string): AnyNode | undefined {
  const own = pathOf(node)
  if (own === path) return node
  if (own && !path.startsWith(`${own}/`)) return undefined
  for (const child of childrenOf(node)) {
    const found = nodeAt(child, path)
    if (found) return found
  }
  return undefined
}

function questionsIn(pages: readonly Page[]): { node: AnyNode; page: number }[] {
  return pages.flatMap((page, index) =>
    page.kind === 'rows' ? [] : questionsOf(page.node).map((node) => ({ node, page: index })),
  )
}
