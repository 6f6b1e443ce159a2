/** The database itself: its stores, opening it, and telling every tab of a change. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { BlobRow, FormRow, InstanceRow, MediaRow, Status } from './rows'

interface Schema extends DBSchema {
  forms: { key: string; value: FormRow }
  media: { key: [string, string]; value: MediaRow; indexes: { formKey: string } }
  instances: { key: string; value: InstanceRow; indexes: { status: Status; rootId: string } }
  blobs: { key: [string, string]; value: BlobRow; indexes: { instanceId: string } }
  kv: { key: string; value: { key: string; value: unknown } }
}

const NAME = 'pokja'
let opened: Promise<IDBPDatabase<Schema>> | undefined

export function db(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(NAME, 1, {
    upgrade(base) {
      base.createObjectStore('forms', { keyPath: 'key' })
      base.createObjectStore('media', { keyPath: ['formKey', 'name'] }).createIndex('formKey', 'formKey')
      const instances = base.createObjectStore('instances', { keyPath: 'instanceId' })
      instances.createIndex('status', 'status')
      instances.createIndex('rootId', 'rootId')
      base.createObjectStore('blobs', { keyPath: ['instanceId', 'name'] }).createIndex('instanceId', 'instanceId')
      base.createObjectStore('kv', { keyPath: 'key' })
    },
    // A newer tab wants to upgrade: let go, the next call opens again.
    blocking: (_current, _blocked, event) => {
      ;(event.target as IDBDatabase).close()
      opened = undefined
    },
    terminated: () => (opened = undefined),
  }).catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return opened
}

type Listener = () => void
const listeners = new Set<Listener>()
const channel = typeof window === 'undefined' ? undefined : new BroadcastChannel(NAME)
const tellHere = (): void => listeners.forEach((listener) => listener())
channel?.addEventListener('message', tellHere)

export function changed(): void {
  tellHere()
  channel?.postMessage('changed')
}

/** Calls `listener` after every write, of this tab or another; answers the function that stops it. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
