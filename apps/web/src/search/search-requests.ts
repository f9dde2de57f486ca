/** What a search asks of the server. Its answer comes line by line; what has come is told at once, in handfuls. */
import type { Replaced, ReplacedFile, ReplaceRequest, ReplaceUndone, SearchEvent, SearchRequest } from '@atelier/protocol/search'
import { type Api, Unreachable } from '../connection/api.ts'

export type SearchRequests = {
  /** Resolves when the answer has ended. Throws ApiProblem, Unreachable, or what the signal was aborted with. */
  search(request: SearchRequest, onEvents: (events: readonly SearchEvent[]) => void, signal: AbortSignal): Promise<void>
  replace(request: ReplaceRequest): Promise<Replaced>
  undo(files: readonly ReplacedFile[]): Promise<ReplaceUndone>
}

export function createSearchRequests(api: Api, projectId: string): SearchRequests {
  const base = `/api/v1/projects/${projectId}`
  const post = <Answer>(path: string, json: unknown): Promise<Answer> =>
    api.json(`${base}${path}`, { method: 'POST', body: { json } })
  return {
    async search(json, onEvents, signal) {
      const response = await api.ask(`${base}/search`, { method: 'POST', body: { json }, signal })
      if (response.body === null) return
      try {
        await readLines(response.body, onEvents)
      } catch (error) {
        if (signal.aborted) throw error
        throw new Unreachable(error)
      }
    },
    replace: (request) => post('/replacements', request),
    undo: (files) => post('/replacements/undo', { files }),
  }
}

async function readLines(body: ReadableStream<Uint8Array>, onEvents: (events: readonly SearchEvent[]) => void): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
    rest = done ? '' : (lines.pop() ?? '')
    const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SearchEvent)
    if (events.length > 0) onEvents(events)
    if (done) return
  }
}
