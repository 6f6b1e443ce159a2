/**
 * The form engine's door: opens, saves and finishes instances and hides every trap of WEBFORMS §3 and §7.
 * Only this file and `engine/` import @getodk/xforms-engine.
 */
import type { AnyNode, RepeatRangeNode, RootNode, UploadNode } from '@getodk/xforms-engine'
import { shallowReactive, shallowRef, type ShallowRef } from 'vue'
import { EngineFault, reasonOf } from './engine/faults'
import { LINE_MARK, parseXml, type FormFacts } from './engine/formxml'
import { identify, readMeta, serialize, stripControl, valueAt } from './engine/instancexml'
import { load, takeReady, type Form } from './engine/loading'
import type { Media } from './engine/resources'

export { EngineFault } from './engine/faults'
export { factsOf, makeReady } from './engine/loading'
export type {
  AnyControlNode,
  AnyInputNode,
  AnyNode,
  GeneralChildNode,
  GroupNode,
  MarkdownNode,
  NoteNode,
  RangeNode,
  RankNode,
  RepeatInstanceNode,
  RepeatRangeNode,
  RepeatRangeUncontrolledNode,
  RootNode,
  SelectNode,
  TriggerNode,
  UploadNode,
} from '@getodk/xforms-engine'
export type { Media } from './engine/resources'

type Config = Parameters<Form['createInstance']>[0]

/** The language the converter invents when some columns name one and others do not. */
const PLACEHOLDER = 'default'

export interface FormSource {
  xml: string
  version: string
  name: string
  areaField?: string
  /** Names the form's content and its lists; a form made ready under it is used. */
  stamp?: string
}

type TextNode = { setValue(value: string): unknown }

interface Common {
  form: FormSource
  media: Media
  deviceId: string
  username: string
  /** A language's name as in the form, or a code such as `id`. */
  language?: string
  locate?: () => Promise<string>
}
/** `edit` starts the correction of a submission; its later openings are `draft` with the same `deprecatedId`. */
export type OpenOptions = Common &
  ({ mode: 'new' } | { mode: 'draft'; xml: string; deprecatedId?: string } | { mode: 'edit'; xml: string; deprecatedId: string })

export interface Saved {
  xml: string
  instanceId: string
  title: string
  village: string
}

export interface DroppedRows {
  label: string
  before: number
  after: number
}

/** Opens one instance on a freshly loaded form, so nothing is shared or leaked between instances. */
export async function open(options: OpenOptions): Promise<Session> {
  const { form, facts, missing } = takeReady(options.form.stamp ?? '') ?? (await load(options.form.xml, options.media))
  const session = new Session(form, facts, options, missing)
  await session.start()
  return session
}

export class Session {
  readonly root: ShallowRef<RootNode>
  /** Asked before rows that hold answers are deleted by a smaller count; false puts them back. */
  confirmDrop: (dropped: DroppedRows[]) => Promise<boolean> = async () => true
  readonly deprecatedId: string | undefined
  private readonly config: Config
  private languageName: string | undefined

  constructor(
    private readonly form: Form,
    readonly facts: FormFacts,
    private readonly options: OpenOptions,
    readonly missingLists: readonly string[],
  ) {
    this.root = shallowRef(null as unknown as RootNode)
    this.deprecatedId = options.mode === 'new' ? undefined : options.deprecatedId
    this.languageName = options.language
    this.config = {
      stateFactory: shallowReactive as NonNullable<Config>['stateFactory'],
      preloadProperties: { deviceID: options.deviceId, username: options.username },
      geolocationProvider: { getLocation: async () => (await options.locate?.().catch(() => '')) ?? '' },
    }
  }

  async start(): Promise<void> {
    const { options } = this
    if (options.mode === 'new') return this.show(this.create())
    const first = options.mode === 'edit' ? { instanceId: `uuid:${crypto.randomUUID()}` } : {}
    await this.restore(this.identified(options.xml, first))
  }

  private create(): RootNode {
    try {
      return this.form.createInstance(this.config).root
    } catch (error) {
      // Reached by lists whose column names are no XML names.
      throw new EngineFault('formLists', reasonOf(error))
    }
  }

  private identified(xml: string, more: { instanceId?: string }): string {
    try {
      const doc = parseXml(stripControl(xml))
      identify(doc, { ...more, version: this.facts.version })
      return serialize(doc)
    } catch (error) {
      throw new EngineFault('instanceBroken', reasonOf(error))
    }
  }

  private async restore(xml: string): Promise<void> {
    const data = new FormData()
    data.set('xml_submission_file', new File([xml], 'xml_submission_file', { type: 'text/xml' }))
    try {
      const instance = await this.form.restoreInstance({ data: [data as never] }, this.config)
      this.show(instance.root)
    } catch (error) {
      const reason = reasonOf(error)
      throw new EngineFault(/Expected instance id/.test(reason) ? 'otherForm' : 'instanceBroken', reason)
    }
  }

  private show(root: RootNode): void {
    this.root.value = root
    const named = root.languages.filter((one) => one.language && one.language !== PLACEHOLDER)
    const wanted = this.languageName
    const spoken =
      named.find((one) => one.language === wanted) ??
      named.find((one) => one.locale?.language === wanted) ??
      (root.currentState.activeLanguage.language === PLACEHOLDER ? named[0] : undefined)
    if (spoken) root.setLanguage(spoken as never)
  }

  get formName(): string {
    return this.options.form.name
  }

  /** Language names as the form's author wrote them; empty when the form has only one. */
  get languages(): string[] {
    const names = this.root.value.languages.map((one) => one.language)
    const named = names.filter((name) => name && name !== PLACEHOLDER)
    return named.length > 1 ? named : []
  }

  get language(): string {
    return this.root.value.currentState.activeLanguage.language
  }

  setLanguage(name: string): void {
    this.languageName = name
    this.show(this.root.value)
  }

  /** The instance as it is now, complete or not: identity kept, control characters gone, `end` set to now. */
  async save(): Promise<Saved> {
    const root = this.root.value
    await root.prepareInstancePayload({ payloadType: 'monolithic' }) // writes `end`
    const doc = parseXml(stripControl(root.instanceState.instanceXML))
    identify(doc, { version: this.facts.version, deprecatedId: this.deprecatedId })
    const { instanceId, instanceName } = readMeta(doc)
    const { areaField, name } = this.options.form
    return {
      xml: serialize(doc),
      instanceId,
      // A name made of answers that are not given yet is mere punctuation.
      title: /[\p{L}\p{N}]/u.test(instanceName) ? instanceName : name,
      village: areaField ? valueAt(doc, areaField) : '',
    }
  }

  /**
   * Makes a change; where it may lower a repeat's count, looks before and after and asks.
   * Returns false when the user took the change back (the tree is then a new one).
   */
  async change(node: AnyNode, apply: () => unknown): Promise<boolean> {
    if (!this.decidesRows(node)) {
      apply()
      return true
    }
    const before = new Map(controlledRanges(this.root.value).map((range) => [rangeKey(range), rowsOf(range)]))
    const snapshot = (await this.save()).xml
    apply()
    const dropped = controlledRanges(this.root.value).flatMap((range) => {
      const old = before.get(rangeKey(range))
      const after = range.currentState.children.length
      if (!old || after >= old.length || !old.slice(after).some(Boolean)) return []
      return [{ label: labelOf(range), before: old.length, after }]
    })
    if (!dropped.length || (await this.confirmDrop(dropped))) return true
    await this.restore(snapshot)
    return false
  }

  /** Changes a text without the characters XML forbids. */
  write(node: TextNode, text: string): Promise<boolean> {
    return this.change(node as AnyNode, () => node.setValue(stripControl(text)))
  }

  /** Whether a repeat's number of rows follows from this field; such fields commit when left, not while typed. */
  decidesRows(node: AnyNode): boolean {
    return this.facts.countSources.has(nodeName(node))
  }

  /** Names a file in an upload. The bytes stay in our own table: the engine needs the name only, and forgets old files. */
  attach(node: UploadNode, fileName: string): void {
    node.setValue(new File([], fileName))
  }

  /** `setValue(null)` would put back the name the instance was opened with; a file without a name clears it. */
  detach(node: UploadNode): void {
    node.setValue(new File([], ''))
  }
}

const rangeKey = (range: RepeatRangeNode): string => range.currentState.reference

/** For each row of a repeat: does it hold an answer? */
const rowsOf = (range: RepeatRangeNode): boolean[] => range.currentState.children.map((row) => hasAnswer(row))

function controlledRanges(node: AnyNode): RepeatRangeNode[] {
  const inner = childrenOf(node).flatMap(controlledRanges)
  return node.nodeType === 'repeat-range:controlled' ? [node, ...inner] : inner
}

export const childrenOf = (node: AnyNode): readonly AnyNode[] =>
  (node.currentState.children ?? []) as readonly AnyNode[]

/** Whether anything below was answered by a person; computed values and notes do not count. */
export function hasAnswer(node: AnyNode): boolean {
  if (node.nodeType === 'model-value' || node.nodeType === 'note') return false
  if (isControl(node)) return valueOf(node) !== ''
  return childrenOf(node).some(hasAnswer)
}

export function isControl(node: AnyNode): boolean {
  return ['input', 'note', 'select', 'range', 'rank', 'trigger', 'upload'].includes(node.nodeType)
}

/** The answer as the XML will hold it. */
export function valueOf(node: AnyNode): string {
  const state = node.currentState as { instanceValue?: string }
  return state.instanceValue ?? ''
}

export const nodeName = (node: AnyNode): string =>
  node.currentState.reference.replace(/\[\d+\]$/, '').split('/').pop() ?? ''

/** The path as the server and reviewers write it: without the root element. */
export const pathOf = (node: AnyNode): string => node.currentState.reference.replace(/^\/[^/]+/, '')

export const labelOf = (node: AnyNode): string => node.currentState.label?.asString.replaceAll(LINE_MARK, '').trim() ?? ''

/** Null where the engine would speak English sentinels instead of the author. */
export function ownWords(violation: { message: { asString: string } | null }): string | null {
  const text = violation.message?.asString.trim() ?? ''
  return !text || text.startsWith('Condition not satisfied') ? null : text
}

/** The words of a node's appearance column. */
export const appearancesOf = (node: AnyNode): ReadonlySet<string> =>
  new Set(node.appearances ? (node.appearances as unknown as Iterable<string>) : [])
