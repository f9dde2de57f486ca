/** The server as the command line sees it: JSON over HTTP, refusals as failures with the server's own sentence. */
import { Problem } from '@atelier/protocol/errors'
import { Failure, ServerRefusal } from '../failure.ts'

export type ServerRequest = {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly json?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** A schema of the protocol. */
type Contract<T> = { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error } }

export class Server {
  readonly url: URL
  /** Sent with every request once there is one. */
  token: string | null = null

  constructor(url: URL) {
    this.url = url
  }

  /** Addresses are relative to the server's, so one that lives below a path works too. */
  address(path: string): URL {
    return new URL(path.replace(/^\//, ''), this.url.href.endsWith('/') ? this.url : `${this.url.href}/`)
  }

  /** Throws ServerRefusal for a refusal, Unreachable when nobody answers. */
  async send(path: string, request: ServerRequest = {}): Promise<Response> {
    const response = await this.#fetch(path, request)
    if (response.ok) return response
    throw await refusalOf(response, this.url)
  }

  async ask<T>(answer: Contract<T>, path: string, request: ServerRequest = {}): Promise<T> {
    const response = await this.send(path, request)
    const json: unknown = await response.json().catch(() => undefined)
    const parsed = answer.safeParse(json)
    if (!parsed.success) throw notAtelier(this.url, parsed.error)
    return parsed.data
  }

  async #fetch(path: string, { method = 'GET', json, bytes, headers = {}, signal }: ServerRequest): Promise<Response> {
    const body = json === undefined ? bytes : JSON.stringify(json)
    const type = json === undefined ? 'application/octet-stream' : 'application/json'
    try {
      return await fetch(this.address(path), {
        method,
        redirect: 'error',
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new Unreachable(this.url, error)
    }
  }
}

/** Nobody answered. `delivered` says whether the request may have arrived all the same. */
export class Unreachable extends Failure {
  readonly delivered: 'no' | 'perhaps'
  constructor(url: URL, cause: unknown) {
    const code = codeOf(cause)
    super(
      `No Atelier server answers at ${url.origin} (${code}). Start one with "npm start", or give --server URL or ATELIER_URL.`,
      {
        cause,
      },
    )
    this.delivered = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code) ? 'no' : 'perhaps'
  }
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at instanceof AggregateError) return codeOf(at.errors[0])
    if (!(at.cause instanceof Error)) return at.message
  }
  return 'no reason given'
}

async function refusalOf(response: Response, url: URL): Promise<Failure> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined))
  if (!problem.success) return notAtelier(url, new Error(`status ${response.status} without problem details`))
  return new ServerRefusal(problem.data.code, problem.data.detail, problem.data.retryAfterSeconds)
}

const notAtelier = (url: URL, cause: unknown): Failure =>
  new Failure(`What answers at ${url.origin} does not speak as this version of Atelier does. Check --server and ATELIER_URL.`, {
    cause,
  })
