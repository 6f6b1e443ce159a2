/** What the pages show: a reactive view of the phone's memory, read again after every change. */
import { computed, shallowReactive } from 'vue'
import * as db from './db'
import { overview, villagesToVisit } from './overview'

interface Store {
  loaded: boolean
  fault: string | undefined
  account: db.Account | undefined
  rows: db.InstanceRow[]
  forms: db.FormRow[]
  villages: db.Village[]
  lastSync: number | undefined
  sendMode: db.SendMode
  installDismissed: boolean
  storageDismissed: number
}

// Shallow: rows go back into IndexedDB, which takes no proxies.
export const store = shallowReactive<Store>({
  loaded: false,
  fault: undefined,
  account: undefined,
  rows: [],
  forms: [],
  villages: [],
  lastSync: undefined,
  sendMode: 'all',
  installDismissed: false,
  storageDismissed: 0,
})

export const view = computed(() => overview(store.rows))
export const villages = computed(() => villagesToVisit(store.villages, store.rows))
/** Everything that would be lost with this phone: drafts, corrections begun, and all that has not arrived. */
export const unsent = computed(() => store.rows.filter((row) => row.status !== 'sent' && row.status !== 'returned'))

export function formName(key: string): string {
  return store.forms.find((form) => form.key === key)?.name ?? key.split('@')[0] ?? key
}

async function read(): Promise<void> {
  const [account, rows, forms, places, lastSync, sendMode, installDismissed, storageDismissed] = await Promise.all([
    db.getSetting('account'),
    db.listInstances(),
    db.listForms(),
    db.getSetting('villages'),
    db.getSetting('lastSync'),
    db.getSetting('sendMode'),
    db.getSetting('installDismissed'),
    db.getSetting('storageDismissed'),
  ])
  Object.assign(store, {
    account,
    rows,
    forms,
    villages: places ?? [],
    lastSync,
    sendMode: sendMode ?? 'all',
    installDismissed: installDismissed !== undefined,
    storageDismissed: storageDismissed ?? 0,
    loaded: true,
    fault: undefined,
  })
}

export async function load(): Promise<void> {
  try {
    await read()
  } catch (error) {
    store.fault = error instanceof Error ? error.message : String(error)
  }
}

/** Reads once now, and again soon after each change. */
export async function follow(): Promise<void> {
  let soon: ReturnType<typeof setTimeout> | undefined
  db.onChange(() => {
    clearTimeout(soon)
    soon = setTimeout(() => void load(), 60)
  })
  await load()
}
