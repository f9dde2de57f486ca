/** A user of the server under test: a guest session, and what is asked with its token. */
import assert from 'node:assert/strict'
import { Problem } from '@atelier/protocol/errors'
import { Execution, ExecutionOutput } from '@atelier/protocol/executions'
import { SessionCreated } from '@atelier/protocol/sessions'

export type Ask = {
  readonly method?: string
  readonly json?: unknown
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export class Guest {
  readonly url: string
  readonly token: string

  /** `token` empty: without a session. */
  constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  static async of({ url }: { readonly url: string }): Promise<Guest> {
    const response = await fetch(`${url}/api/v1/sessions`, { method: 'POST' })
    return new Guest(url, SessionCreated.parse(await response.json()).token)
  }

  ask(path: string, { method, json, body, headers, signal }: Ask = {}): Promise<Response> {
    const content = json === undefined ? body : JSON.stringify(json)
    return fetch(this.url + path, {
      method: method ?? (content === undefined ? 'GET' : 'POST'),
      headers: {
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /** Asks, and expects a refusal. Answers `"404 not-found"`, the same in status and in problem details. */
  async refusal(path: string, ask: Ask = {}): Promise<string> {
    const response = await this.ask(path, ask)
    const text = await response.text()
    assert.match(
      response.headers.get('content-type') ?? '',
      /^application\/problem\+json/,
      `${path} answered ${response.status}: ${text.slice(0, 200)}`,
    )
    const problem = Problem.parse(JSON.parse(text))
    assert.equal(problem.status, response.status)
    return `${problem.status} ${problem.code}`
  }

  /** Starts a Python program, or whatever `request` says instead. */
  async start(content: string, request: object = {}, headers: Record<string, string> = {}): Promise<Execution> {
    const json = { language: 'python', files: [{ path: 'main.py', content }], ...request }
    const response = await this.ask('/api/v1/executions', { json, headers })
    const text = await response.text()
    assert.equal(response.status, 202, text)
    return Execution.parse(JSON.parse(text))
  }

  async execution(id: string): Promise<Execution> {
    return Execution.parse(await (await this.ask(`/api/v1/executions/${id}`)).json())
  }

  /** Follows by long polling until the end. */
  async finish(id: string): Promise<ExecutionOutput> {
    const events: ExecutionOutput['events'] = []
    for (let since = 0; ; ) {
      const output = ExecutionOutput.parse(
        await (await this.ask(`/api/v1/executions/${id}/output?since=${since}&waitMs=5000`)).json(),
      )
      events.push(...output.events)
      since = output.nextSince
      if (output.state === 'ended' && output.events.at(-1)?.type === 'end') return { ...output, events }
      if (output.state === 'ended' && output.events.length === 0) return { ...output, events }
    }
  }

  async cancel(id: string): Promise<void> {
    await (await this.ask(`/api/v1/executions/${id}/cancel`, { method: 'POST' })).text()
  }
}

export const textOf = (output: ExecutionOutput): string =>
  output.events.map((event) => (event.type === 'output' ? Buffer.from(event.data, event.encoding).toString('utf8') : '')).join('')
