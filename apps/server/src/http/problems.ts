/** The one place where what went wrong becomes an answer: RFC 9457 problem details. */
import { closeCodeOf, type ErrorCode, type FieldError, type Problem, Refusal, statusOf, titleOf } from '@atelier/protocol/errors'
import { isDatabaseAway } from '@atelier/storage/db/away'

export const problemContentType = 'application/problem+json'

export function problemOf(refusal: Refusal, instance?: string): Problem {
  const { errors, version, retryAfterSeconds } = refusal.extras
  return {
    type: `/problems/${refusal.code}`,
    title: titleOf(refusal.code),
    status: statusOf(refusal.code),
    code: refusal.code,
    detail: refusal.message,
    ...(instance === undefined ? {} : { instance }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(version === undefined ? {} : { version }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

export const closeCodeOfError = (error: unknown): number => closeCodeOf(asRefusal(error).code)

type Thrown = { code?: unknown; statusCode?: unknown; validation?: unknown; message?: unknown; validationContext?: unknown }

const frameworkCodes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-json', 'The body could not be read as JSON. Check quotes, commas and brackets.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-json', 'The body is empty, but its content type says JSON. Send a JSON object.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The body is larger than this address accepts. Send less at once.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'This address takes JSON: send "content-type: application/json".'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-request', 'The body is shorter or longer than its Content-Length says.'],
  FST_ERR_BAD_URL: ['invalid-path', 'The address is not correctly percent-encoded.'],
  FST_ERR_PARAM_VALIDATION: ['invalid-path', 'The address is not correctly percent-encoded.'],
}

/** Turns anything thrown into a Refusal; what is not one of ours becomes `internal`, with the original as its cause. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Thrown
  const code = typeof error.code === 'string' ? error.code : ''
  const framework = frameworkCodes[code]
  if (framework !== undefined) return new Refusal(framework[0], framework[1], { cause: thrown })
  if (Array.isArray(error.validation)) return validationRefusal(error.validation, error.validationContext)
  if (typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500)
    return new Refusal('invalid-request', typeof error.message === 'string' ? error.message : 'The request is not valid.', {
      cause: thrown,
    })
  if (isDatabaseAway(thrown))
    return new Refusal(
      'storage-unavailable',
      'The database does not answer at the moment. Try again shortly; a change that you sent may have been made or not.',
      {
        cause: thrown,
        retryAfterSeconds: 2,
      },
    )
  return new Refusal(
    'internal',
    'Something went wrong on the server; it has been logged. Try again, and tell the person who hosts if it stays.',
    {
      cause: thrown,
    },
  )
}

function validationRefusal(issues: readonly unknown[], context: unknown): Refusal {
  const errors = issues.slice(0, 20).map((issue): FieldError => {
    const { instancePath, message } = issue as { instancePath?: unknown; message?: unknown }
    return {
      pointer: typeof instancePath === 'string' ? instancePath : '',
      detail: typeof message === 'string' ? message : 'is not valid',
    }
  })
  const where = context === 'querystring' ? 'The query' : context === 'params' ? 'The address' : 'The body'
  const first = errors[0]
  const detail =
    first === undefined
      ? `${where} is not valid.`
      : `${where} is not valid: ${first.pointer === '' ? '' : `${first.pointer}: `}${first.detail}.`
  if (context === 'params') return new Refusal('not-found', 'There is nothing at this address.', { errors })
  const code = first?.pointer.startsWith('/limits') ? 'invalid-limit' : 'invalid-request'
  return new Refusal(code, detail, { errors })
}
