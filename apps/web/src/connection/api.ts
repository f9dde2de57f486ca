/**
 * Asks the server over HTTP. An answer that is not a success becomes a `Problem`; no answer at all becomes `unreachable`, which is
 * not an error of anybody: what was asked is kept and asked again.
 */
import type { Problem } from '@atelier/protocol/errors'

export class ApiProblem extends Error {
  readonly code: string
  readonly status: number
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiProblem'
    this.code = problem.code
    this.status = problem.status
    this.problem = problem
  }
}

/** The server did not answer: no network, or it is restarting. */
export class Unreachable extends Error {
  readonly code = 'unreachable'
  constructor(cause: unknown) {
    super('The server does not answer. Your work is kept on this device; Atelier tries again by itself.', { cause })
    this.name = 'Unreachable'
  }
}

export type Body = { readonly json: unknown } | { readonly bytes: BodyInit; readonly type?: string }
export type Ask = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: Body
  readonly headers?: Readonly<Record<string, string>>
  /** Lets the request outlive the page; at most 64 KB. */
  readonly keepalive?: boolean
  readonly signal?: AbortSignal
}

/** Statuses that a proxy gives while the server behind it is away. */
const awayStatuses = new Set([502, 504])

export type Api = {
  /** The answer of the server; throws ApiProblem or Unreachable. */
  ask(path: string, ask?: Ask): Promise<Response>
  json<T>(path: string, ask?: Ask): Promise<T>
}

export function createApi(base: string, onReach: (reached: boolean) => void): Api {
  const ask = async (path: string, { method = 'GET', body, headers, keepalive, signal }: Ask = {}): Promise<Response> => {
    let response: Response
    try {
      response = await fetch(base + path, {
        method,
        credentials: 'same-origin',
        cache: 'no-store',
        headers: {
          accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'content-type': 'json' in body ? 'application/json' : (body.type ?? 'application/octet-stream') }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: 'json' in body ? JSON.stringify(body.json) : body.bytes }),
        ...(keepalive === undefined ? {} : { keepalive }),
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (error) {
      if (signal?.aborted === true) throw error
      onReach(false)
      throw new Unreachable(error)
    }
    if (awayStatuses.has(response.status)) {
      onReach(false)
      throw new Unreachable(new Error(`status ${response.status}`))
    }
    onReach(true)
    if (!response.ok) throw new ApiProblem(await problemFrom(response))
    return response
  }
  return { ask, json: async <T>(path: string, options?: Ask): Promise<T> => (await (await ask(path, options)).json()) as T }
}

async function problemFrom(response: Response): Promise<Problem> {
  const { status } = response
  try {
    const body = (await response.json()) as Partial<Problem>
    if (typeof body.code === 'string' && typeof body.detail === 'string')
      return { type: body.type ?? '', title: body.title ?? body.code, status, ...body, code: body.code, detail: body.detail }
  } catch {
    // Not JSON: something between us and the server answered.
  }
  return {
    type: '',
    title: 'Unexpected answer',
    status,
    code: `http-${status}`,
    detail: `The server answered ${status} without an explanation. Try again in a moment.`,
  }
}

/** A path of a project's file as part of an address: "/" stays, all else is escaped. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** What went wrong, as one sentence for a person. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
