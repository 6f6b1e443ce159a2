/** Forms and their attachments, every version that is offered or in use. */
import { changed, db } from './base'
import type { FormRow, MediaRow } from './rows'

export function formKey(xmlFormId: string, version: string, hash: string): string {
  return `${xmlFormId}@${version}@${hash.slice(0, 8)}`
}

export async function getForm(key: string): Promise<FormRow | undefined> {
  return (await db()).get('forms', key)
}

export async function listForms(): Promise<FormRow[]> {
  return (await db()).getAll('forms')
}

/** The forms offered for new records, by name. */
export async function currentForms(): Promise<FormRow[]> {
  const forms = await listForms()
  return forms.filter((form) => form.current).sort((a, b) => a.name.localeCompare(b.name))
}

/** Stores a form with exactly these attachments, all or nothing; a current one replaces the current one of its id. */
export async function putForm(form: FormRow, media: Omit<MediaRow, 'formKey'>[]): Promise<void> {
  const tx = (await db()).transaction(['forms', 'media'], 'readwrite')
  const forms = tx.objectStore('forms')
  const files = tx.objectStore('media')
  for (const other of await forms.getAll()) {
    if (form.current && other.current && other.xmlFormId === form.xmlFormId) await forms.put({ ...other, current: false })
  }
  for (const key of await files.index('formKey').getAllKeys(form.key)) await files.delete(key)
  await forms.put(form)
  for (const file of media) await files.put({ ...file, formKey: form.key })
  await tx.done
  changed()
}

/** Marks exactly these keys as current. */
export async function setCurrentForms(keys: string[]): Promise<void> {
  const tx = (await db()).transaction('forms', 'readwrite')
  for (const form of await tx.store.getAll()) {
    const current = keys.includes(form.key)
    if (form.current !== current) await tx.store.put({ ...form, current })
  }
  await tx.done
  changed()
}

/** Deletes forms that are not offered any more and that no record on this phone uses. */
export async function dropUnusedForms(): Promise<void> {
  const tx = (await db()).transaction(['forms', 'media', 'instances'], 'readwrite')
  const used = new Set((await tx.objectStore('instances').getAll()).map((row) => row.formKey))
  const forms = tx.objectStore('forms')
  const media = tx.objectStore('media')
  for (const form of await forms.getAll()) {
    if (form.current || used.has(form.key)) continue
    await forms.delete(form.key)
    for (const key of await media.index('formKey').getAllKeys(form.key)) await media.delete(key)
  }
  await tx.done
}

export async function getMedia(key: string, name: string): Promise<MediaRow | undefined> {
  return (await db()).get('media', [key, name])
}

export async function listMedia(key: string): Promise<MediaRow[]> {
  return (await db()).getAllFromIndex('media', 'formKey', key)
}
