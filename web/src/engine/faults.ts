/** What can go wrong between a form and the engine, as codes the pages turn into sentences. */

export type FaultCode = 'formBroken' | 'formLists' | 'formUnsupported' | 'instanceBroken' | 'otherForm'

export class EngineFault extends Error {
  constructor(
    readonly code: FaultCode,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`)
  }
}

/** The innermost message: the engine wraps causes several times. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause ? reasonOf(error.cause) : error.message
}
