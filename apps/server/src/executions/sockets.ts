/** Executions over WebSockets: a channel of the tab's socket, and a socket of its own for scripts. */
import { Refusal } from '@atelier/protocol/errors'
import { ExecutionCommand } from '@atelier/protocol/executions'
import { channelOfExecution } from '@atelier/protocol/sockets'
import { z } from 'zod'
import { asRefusal, closeCodeOfError } from '../http/problems.ts'
import { SocketSink } from '../sockets/socket-sink.ts'
import { type ChannelKind, toleratedRefusals } from '../sockets/tab-socket.ts'
import { takeTurns } from '../sockets/turns.ts'
import type { SocketHandler } from '../sockets/upgrade.ts'
import { carryEvents } from './channel.ts'
import type { Executions } from './executions.ts'

const Id = z.uuid()
const channelPrefix = channelOfExecution('')

export function executionChannel(executions: Executions): ChannelKind {
  return {
    matches: (channel) => (channel.startsWith(channelPrefix) ? channel.slice(channelPrefix.length) : null),
    async open({ userId, id, since }, sink) {
      const source = await executions.follow(userId, checkId(id))
      const stop = carryEvents(source, since, {
        send: (event) => sink.send(event.json),
        whenRoom: (callback) => sink.whenRoom(callback),
        end: () => {},
      })
      return {
        receive: async (message) => executions.command(userId, id, checkCommand(message)),
        close: stop,
      }
    },
  }
}

/** `GET /api/v1/executions/{id}/stream?since=`: events as JSON text frames, commands the other way; closed with 1000 after the end. */
export function executionSocketHandler(executions: Executions): SocketHandler {
  return {
    matches: (url) => /^\/api\/v1\/executions\/([^/]+)\/stream$/.exec(url.pathname)?.slice(1) ?? null,
    async accept({ url, parts, userId }) {
      const id = checkId(parts[0] ?? '')
      const since = z.coerce
        .number()
        .int()
        .min(0)
        .safeParse(url.searchParams.get('since') ?? '0')
      if (!since.success) throw new Refusal('invalid-request', '"since" is the number of the last event that you have.')
      const source = await executions.follow(userId, id)
      return (socket) => {
        const sink = new SocketSink(socket)
        const stop = carryEvents(source, since.data, {
          send: (event) => sink.send(event.json),
          whenRoom: (callback) => sink.whenRoom(callback),
          end: () => socket.close(1000, 'ended'),
        })
        socket.on('close', stop)
        let refused = 0
        takeTurns(socket, {
          handle: (data, isBinary) => executions.command(userId, id, parseCommand(data.toString('utf8'), isBinary)),
          fail: (error) => {
            const refusal = asRefusal(error)
            sink.send(JSON.stringify({ type: 'error', code: refusal.code, detail: refusal.message }))
            if (++refused > toleratedRefusals) socket.close(closeCodeOfError(refusal), refusal.code)
          },
        })
      }
    },
  }
}

function checkId(id: string): string {
  if (!Id.safeParse(id).success) throw new Refusal('not-found', 'There is no such execution.')
  return id
}

function parseCommand(text: string, isBinary: boolean): ExecutionCommand {
  return checkCommand(isBinary ? undefined : parseJson(text))
}

function checkCommand(message: unknown): ExecutionCommand {
  const parsed = ExecutionCommand.safeParse(message)
  if (parsed.success) return parsed.data
  throw new Refusal('invalid-request', 'A command is a JSON object with a type: stdin, end-of-input, signal, resize or cancel.')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
