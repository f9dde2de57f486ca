/**
 * Refusals: what the server will not do, each with a code of its own.
 *
 * One table maps a code to an HTTP status, a WebSocket close code and a title. On HTTP a refusal is RFC 9457
 * `application/problem+json`; over a socket it is an `error` message with the same `code` and `detail`.
 */
import { z } from 'zod'

const table = {
  'invalid-request': { status: 400, close: 4400, title: 'The request does not have the expected form' },
  'malformed-json': { status: 400, close: 4400, title: 'The body is not valid JSON' },
  'invalid-path': { status: 400, close: 4400, title: 'The path is not allowed' },
  'invalid-archive': { status: 400, close: 4400, title: 'The archive cannot be imported' },
  'unknown-language': { status: 400, close: 4400, title: 'There is no such language' },
  'entry-point-missing': { status: 400, close: 4400, title: 'The entry point is not among the files' },
  'isolation-not-allowed': { status: 400, close: 4400, title: 'That isolation is not allowed here' },
  'invalid-limit': { status: 400, close: 4400, title: 'A limit is not allowed' },
  'idempotency-key-invalid': { status: 400, close: 4400, title: 'The Idempotency-Key is not allowed' },
  'session-required': { status: 401, close: 4401, title: 'A session is needed' },
  'sign-in-failed': { status: 401, close: 4401, title: 'The name or the password is wrong' },
  'origin-refused': { status: 403, close: 4403, title: 'Requests from this web page are not accepted' },
  forbidden: { status: 403, close: 4403, title: 'You may not do that here' },
  'network-refused': { status: 403, close: 4403, title: 'The program may not reach that' },
  'not-found': { status: 404, close: 4404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, close: 4405, title: 'This address does not take that method' },
  'already-exists': { status: 409, close: 4409, title: 'There is something with that name already' },
  'merge-undecided': { status: 409, close: 4409, title: 'What becomes of the guest’s projects is not said' },
  'request-in-flight': { status: 409, close: 4409, title: 'A request with this Idempotency-Key is still being worked on' },
  'execution-ended': { status: 409, close: 4409, title: 'The execution has ended' },
  'input-closed': { status: 409, close: 4409, title: 'The input of the program is closed' },
  'git-conflict': { status: 409, close: 4409, title: 'The repository is not in a state for that' },
  'git-busy': { status: 409, close: 4409, title: 'Git is working on this project already' },
  'version-mismatch': { status: 412, close: 4412, title: 'The file has changed since you read it' },
  'too-large': { status: 413, close: 4413, title: 'That is too large' },
  'unsupported-media-type': { status: 415, close: 4415, title: 'The content type is not accepted here' },
  'idempotency-mismatch': { status: 422, close: 4422, title: 'The Idempotency-Key was used with another request' },
  'git-remote-failed': { status: 424, close: 4424, title: 'The other git server did not do that' },
  'too-many-requests': { status: 429, close: 4429, title: 'Too many requests' },
  'not-offered': { status: 501, close: 4501, title: 'That is not offered here' },
  internal: { status: 500, close: 1011, title: 'Something broke on our side' },
  'git-unavailable': { status: 503, close: 4503, title: 'Git is not ready on this server' },
  'language-unavailable': { status: 503, close: 4503, title: 'The language is not ready on this server' },
  'isolation-unavailable': { status: 503, close: 4503, title: 'That isolation is not ready on this server' },
  'identity-unavailable': { status: 503, close: 4503, title: 'Where people sign in does not answer' },
  'queue-full': { status: 503, close: 4503, title: 'Too many programs are waiting to run' },
  'queue-timeout': { status: 503, close: 4503, title: 'No sandbox became free in time' },
  'shutting-down': { status: 503, close: 1012, title: 'The server is shutting down' },
  'storage-unavailable': { status: 503, close: 4503, title: 'The database does not answer' },
} as const satisfies Record<string, { status: number; close: number; title: string }>

export type ErrorCode = keyof typeof table

export const errorCodes = Object.keys(table) as readonly ErrorCode[]
export const statusOf = (code: ErrorCode): number => table[code].status
export const closeCodeOf = (code: ErrorCode): number => table[code].close
export const titleOf = (code: ErrorCode): string => table[code].title

/** One field that is wrong: `pointer` is a JSON pointer into the body, or the name of a parameter. */
export const FieldError = z.object({ pointer: z.string(), detail: z.string() })
export type FieldError = z.infer<typeof FieldError>

/** RFC 9457 problem details. `detail` says what, why and what to do next. */
export const Problem = z
  .object({
    type: z.string().describe('A relative reference that ends in the code, e.g. "/problems/not-found"'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('The stable code, e.g. "not-found"'),
    detail: z.string(),
    instance: z.string().optional().describe('The id of the request, as in X-Request-Id'),
    errors: z.array(FieldError).optional(),
    version: z.int().optional().describe('With version-mismatch: the current version of the file'),
    retryAfterSeconds: z.int().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

export type RefusalExtras = {
  readonly errors?: readonly FieldError[]
  readonly version?: number
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** Thrown where the server refuses; turned into a problem once, at the edge. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly extras: RefusalExtras
  constructor(code: ErrorCode, detail: string, extras: RefusalExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'Refusal'
    this.code = code
    this.extras = extras
  }
}
