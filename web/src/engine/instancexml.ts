/** Reads and patches a filled form as XML: meta block, edit identity, single values (PROTOCOL §2.6, WEBFORMS §3.3). */
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** Text without the characters that would make the instance ill-formed (pasted from chat apps and PDFs). */
export function stripControl(text: string): string {
  return text.replace(FORBIDDEN, '').replace(LONE_SURROGATE, '')
}

export interface Meta {
  instanceId: string
  instanceName: string
  deprecatedId: string
  version: string
}

export function readMeta({ documentElement: root }: XMLDocument): Meta {
  const text = (name: string): string => metaChild(root, name)?.textContent?.trim() ?? ''
  return {
    instanceId: text('instanceID'),
    instanceName: text('instanceName'),
    deprecatedId: text('deprecatedID'),
    version: root.getAttribute('version') ?? '',
  }
}

export interface Identity {
  instanceId?: string
  deprecatedId?: string
  version?: string
}

/** Sets the identity of an instance; the only `deprecatedID` left is the one asked for. */
export function identify(doc: XMLDocument, identity: Identity): void {
  const root = doc.documentElement
  if (identity.version) root.setAttribute('version', identity.version)
  const id = metaChild(root, 'instanceID')
  if (id && identity.instanceId) id.textContent = identity.instanceId
  for (const old of metaChildren(root, 'deprecatedID')) old.remove()
  if (id && identity.deprecatedId) {
    const element = doc.createElementNS(id.namespaceURI, id.nodeName.replace('instanceID', 'deprecatedID'))
    element.textContent = identity.deprecatedId
    id.after(element)
  }
}

export const serialize = (doc: XMLDocument): string => new XMLSerializer().serializeToString(doc)

/** The first value at a path without the root element ("/identitas/desa"), or ''. */
export function valueAt(doc: XMLDocument, path: string): string {
  let element: Element | undefined = doc.documentElement
  for (const step of path.split('/').filter(Boolean)) {
    element = [...(element?.children ?? [])].find((child) => child.localName === step)
  }
  return element?.textContent?.trim() ?? ''
}

function metaChildren(root: Element, name: string): Element[] {
  const meta = [...root.children].find((child) => child.localName === 'meta')
  return [...(meta?.children ?? [])].filter((child) => child.localName === name)
}

const metaChild = (root: Element, name: string): Element | undefined => metaChildren(root, name)[0]
