/** The phone's memory: these modules alone touch IndexedDB (WEBFORMS §6; EXPECTATIONS F1–F3). */
export type * from './db/rows'
export { onChange } from './db/base'
export * from './db/settings'
export * from './db/forms'
export * from './db/instances'
export * from './db/life'
export * from './db/files'
