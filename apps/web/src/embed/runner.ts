/**
 * Runs the reader's files: one request, whose answer is the stream of events. The token is in memory only; when it is too old, or the server
 * is a new one, the page gets another and asks again, once.
 */
import type { EmbedExecutionRequest, EmbedGuest } from '@atelier/protocol/embeds'
import type { ExecutionEvent } from '@atelier/protocol/executions'

export type RunHandlers = {
  started(): void
  event(event: ExecutionEvent): void
  /** It could not be started, or the connection broke; a sentence. */
  failed(sentence: string): void
}

export type Runner = {
  /** Resolves when it is over. */
  run(request: EmbedExecutionRequest, handlers: RunHandlers): Promise<void>
  write(data: string, end?: boolean): Promise<void>
  stop(): Promise<void>
}

export function createRunner(first: EmbedGuest): Runner {
  let token = first.token
  let execution: string | null = null
  let ending: AbortController | null = null

  const post = (path: string, json: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(path, {
      method: 'POST',
      credentials: 'omit',
      cache: 'no-store',
      headers: { authorization: `Bearer ${token}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal === undefined ? {} : { signal }),
    })

  async function start(request: EmbedExecutionRequest, signal: AbortSignal): Promise<Response> {
    const response = await post('/api/v1/embeds/executions', request, signal)
    if (response.status !== 401) return response
    token = ((await (await post('/api/v1/embeds/guests', undefined, signal)).json()) as EmbedGuest).token
    return post('/api/v1/embeds/executions', request, signal)
  }

  return {
    async run(request, { started, event, failed }) {
      const controller = new AbortController()
      ending = controller
      try {
        const response = await start(request, controller.signal)
        if (!response.ok || response.body === null) return failed(await sentenceOf(response))
        execution = response.headers.get('location')
        started()
        let ended = false
        for await (const each of eventsOf(response.body)) {
          ended ||= each.type === 'end'
          event(each)
        }
        if (!ended) failed('The connection to the server broke, and the program was stopped. Run it again.')
      } catch {
        failed(controller.signal.aborted ? 'Stopped.' : 'The server does not answer. Try again in a moment.')
      } finally {
        execution = ending = null
      }
    },
    async write(data, end = false) {
      if (execution !== null) await post(`${execution}/input`, { data, end })
    },
    async stop() {
      if (execution === null) ending?.abort()
      else await post(`${execution}/cancel`, undefined)
    },
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ExecutionEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return
    rest += decoder.decode(value, { stream: true })
    const messages = rest.split('\n\n')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (data !== undefined) yield JSON.parse(data) as ExecutionEvent
    }
  }
}

async function sentenceOf(response: Response): Promise<string> {
  try {
    const { detail } = (await response.json()) as { detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // Something between us and the server answered.
  }
  return `The server answered ${response.status}. Try again in a moment.`
}
