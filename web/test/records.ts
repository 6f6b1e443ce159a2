/** Records and photos for tests. */
import * as db from '../src/db'

export function xmlOf(id: string, photos: string[] = [], deprecatedId?: string): string {
  const meta = `<meta><instanceID>${id}</instanceID>${deprecatedId ? `<deprecatedID>${deprecatedId}</deprecatedID>` : ''}</meta>`
  return `<data id="pokja" version="1">${photos.map((name) => `<foto>${name}</foto>`).join('')}${meta}</data>`
}

export function photo(instanceId: string, name: string, size = 1000): db.BlobRow {
  const bytes = new Uint8Array(size).fill(name.length)
  return { instanceId, name, blob: new Blob([bytes], { type: 'image/jpeg' }), type: 'image/jpeg', size }
}

export function draft(id: string, more: Partial<db.InstanceRow> = {}): db.InstanceRow {
  return {
    instanceId: id,
    rootId: id,
    formKey: 'pokja@1@00000000',
    mode: 'new',
    status: 'draft',
    xml: xmlOf(id),
    title: id,
    createdAt: 1,
    updatedAt: 1,
    attempts: 0,
    ...more,
  }
}

/** A record of the worker, finalised, with these photos. */
export async function ready(id: string, photos: string[] = [], more: Partial<db.InstanceRow> = {}): Promise<void> {
  const xml = xmlOf(id, photos, more.deprecatedId)
  await db.saveDraft(draft(id, more), photos.map((name) => photo(id, name)))
  await db.finalise(id, { xml })
}

export const status = async (id: string): Promise<string | undefined> => (await db.getInstance(id))?.status
