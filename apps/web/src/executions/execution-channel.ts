/**
 * The way to an execution that runs on the server: its events come over the tab's socket, or are polled where the server does not stream
 * them; commands go over the socket, or by HTTP while it is away.
 */
import type { ExecutionEvent, ExecutionOutput } from '@atelier/protocol/executions'
import { channelOfExecution } from '@atelier/protocol/sockets'
import { ApiProblem, messageOf } from '../connection/api.ts'
import type { Connection } from '../connection/connection.ts'
import type { ChannelCommand, ChannelMessage } from '../connection/socket.ts'

export type ExecutionFollower = {
  /** The number of the last event that was taken. */
  since(): number
  take(event: ExecutionEvent): void
  /** It cannot be followed: it is not there, or no longer. */
  lost(detail: string): void
}

export type ExecutionChannels = {
  /** Returns what stops it. */
  follow(id: string, follower: ExecutionFollower): () => void
  command(id: string, message: ChannelCommand): void
}

export type ExecutionChannelOptions = {
  readonly connection: Connection
  readonly output: 'polled' | 'streamed'
  readonly tell: (message: string) => void
}

const pollMs = 500

export function createExecutionChannels({ connection, output, tell }: ExecutionChannelOptions): ExecutionChannels {
  const { api, socket } = connection

  const poll = (id: string, { since, take, lost }: ExecutionFollower): (() => void) => {
    let stopped = false
    const ask = async (): Promise<void> => {
      try {
        const answer = await api.json<ExecutionOutput>(`/api/v1/executions/${id}/output?since=${since()}`)
        if (!stopped) for (const event of answer.events) take(event)
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) lost(error.message)
      }
      if (!stopped) setTimeout(() => void ask(), pollMs)
    }
    void ask()
    return () => {
      stopped = true
    }
  }

  return {
    follow: (id, follower) =>
      output === 'polled'
        ? poll(id, follower)
        : socket.follow(channelOfExecution(id), follower.since, {
            message: (message) => {
              if (isEvent(message)) follower.take(message)
            },
            refused: (code, detail) => (code === 'not-found' ? follower.lost(detail) : tell(detail)),
          }),
    command(id, message) {
      if (output === 'streamed' && socket.send(channelOfExecution(id), message)) return
      const base = `/api/v1/executions/${id}`
      const asked =
        message.type === 'stdin'
          ? api.ask(`${base}/stdin`, { method: 'POST', body: { bytes: message.data } })
          : message.type === 'end-of-input'
            ? api.ask(`${base}/stdin?end=true`, { method: 'POST', body: { bytes: '' } })
            : message.type === 'signal'
              ? api.ask(`${base}/signal`, { method: 'POST', body: { json: { signal: message.signal } } })
              : api.ask(`${base}/cancel`, { method: 'POST' })
      asked.catch((error: unknown) => {
        if (!(error instanceof ApiProblem && error.code === 'execution-ended')) tell(messageOf(error))
      })
    },
  }
}

const isEvent = (message: ChannelMessage): message is ExecutionEvent => 'seq' in message
