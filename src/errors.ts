/**
 * What Tidemark refuses, in a closed family. `message` is a sentence for the person who asked and says what to do;
 * `status` is the HTTP status and `exitCode` the command line's (1 error, 2 usage, 3 mismatch or partial, 4 conflict).
 */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly exitCode: number
  /** Seconds after which the same may be asked again. */
  readonly retryAfter: number | undefined

  constructor(code: string, message: string, { status = 422, exitCode = 2, retryAfter }: RefusalOptions = {}) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.status = status
    this.exitCode = exitCode
    this.retryAfter = retryAfter
  }
}

interface RefusalOptions {
  status?: number
  exitCode?: number
  retryAfter?: number
}

/** A request that cannot be answered as asked: 422, exit 2. */
export const invalid = (message: string) => new Refusal('invalid', message)

/** A thing that does not exist for this caller, another tenant's included: 404. */
export const notFound = (message = 'Resource could not be found') => new Refusal('not_found', message, { status: 404 })

/** Something else is under way or was decided otherwise meanwhile: 409, exit 4. */
export const conflict = (message: string) => new Refusal('conflict', message, { status: 409, exitCode: 4 })
