/**
 * The tab's one WebSocket. It opens when the first channel is followed, comes back by itself with growing pauses, and then opens
 * every channel again after the last number that was seen, so that nothing is missed or shown twice.
 */
import type { ExecutionCommand } from '@atelier/protocol/executions'
import type { Here } from '@atelier/protocol/presence'
import { type ClientFrame, type ServerFrame, socketPath } from '@atelier/protocol/sockets'

export type ChannelMessage = Extract<ServerFrame, { type: 'message' }>['message']
export type ChannelFollower = {
  message(message: ChannelMessage): void
  refused(code: string, detail: string): void
}

export type SocketState = 'idle' | 'connecting' | 'open' | 'waiting'

export type TabSocket = {
  /** Follows a channel; `since` is asked again at every (re)connection. Returns a function that stops. */
  follow(channel: string, since: () => number, follower: ChannelFollower): () => void
  /** False when the socket is not open: nothing was sent. */
  send(channel: string, message: ExecutionCommand | Here): boolean
  /** Tries at once instead of at the end of the pause. */
  retry(): void
  close(): void
}

const firstPauseMs = 500
const longestPauseMs = 15_000
/** A connection that held this long counts as good: the next pause is short again. */
const goodAfterMs = 5_000

type Followed = { readonly since: () => number; readonly follower: ChannelFollower }

export function createSocket(url: string, onState: (state: SocketState) => void): TabSocket {
  const channels = new Map<string, Followed>()
  let socket: WebSocket | null = null
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const sendFrame = (frame: ClientFrame): boolean => {
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(frame))
    return true
  }
  const openChannel = (channel: string, followed: Followed): void => {
    sendFrame({ type: 'open', channel, since: followed.since() })
  }

  const connect = (): void => {
    clearTimeout(timer)
    if (closed || socket !== null) return
    onState('connecting')
    const opened = new WebSocket(url)
    socket = opened
    let openedAt = 0
    opened.onopen = () => {
      openedAt = performance.now()
      onState('open')
      for (const [channel, followed] of channels) openChannel(channel, followed)
    }
    opened.onmessage = (event) => {
      const frame = JSON.parse(String(event.data)) as ServerFrame
      const followed = channels.get(frame.channel)
      if (followed === undefined) return
      if (frame.type === 'message') followed.follower.message(frame.message)
      else followed.follower.refused(frame.code, frame.detail)
    }
    opened.onclose = () => {
      if (socket !== opened) return
      socket = null
      if (closed) return
      failures = openedAt > 0 && performance.now() - openedAt > goodAfterMs ? 0 : failures + 1
      onState('waiting')
      // Half of the pause is chance: after a restart not all tabs come back in the same instant.
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** failures)
      timer = setTimeout(connect, pause / 2 + (Math.random() * pause) / 2)
    }
  }

  return {
    follow(channel, since, follower) {
      const followed = { since, follower }
      channels.set(channel, followed)
      if (socket === null) connect()
      else openChannel(channel, followed)
      return () => {
        if (channels.get(channel) !== followed) return
        channels.delete(channel)
        sendFrame({ type: 'close', channel })
      }
    },
    send: (channel, message) => sendFrame({ type: 'send', channel, message }),
    retry() {
      failures = 0
      connect()
    },
    close() {
      closed = true
      clearTimeout(timer)
      socket?.close()
    },
  }
}

export const socketUrl = (page: { protocol: string; host: string }): string =>
  `${page.protocol === 'https:' ? 'wss' : 'ws'}://${page.host}${socketPath}`
