/**
 * The tab's one WebSocket. It opens when the first channel is followed, comes back by itself with growing pauses, and then opens
 * every channel again after the last number that was seen, so that nothing is missed or shown twice.
 *
 * Channels speak JSON. One that the server has given a number (documents do) also has binary frames, which begin with it.
 */
import { type ChannelMessage, type ClientFrame, type ServerFrame, socketPath } from '@atelier/protocol/sockets'
import { joined, readUnsigned, unsigned } from '../documents/frames.ts'

export type { ChannelMessage } from '@atelier/protocol/sockets'
export type ChannelCommand = Extract<ClientFrame, { type: 'send' }>['message']

export type ChannelFollower = {
  message(message: ChannelMessage): void
  refused(code: string, detail: string): void
  /** A binary frame, without the channel's number. */
  bytes?(frame: Uint8Array): void
  /** The connection is gone; the channel opens again by itself when it is back. */
  away?(): void
}

export type SocketState = 'idle' | 'connecting' | 'open' | 'waiting'

export type TabSocket = {
  /** Follows a channel; `since` is asked again at every (re)connection. Returns a function that stops. */
  follow(channel: string, since: () => number, follower: ChannelFollower): () => void
  /** False when the socket is not open: nothing was sent. */
  send(channel: string, message: ChannelCommand): boolean
  /** The same for a binary frame; false also while the channel has no number. */
  sendBytes(channel: string, frame: Uint8Array): boolean
  /** Bytes that wait in the browser to be sent. */
  waitingBytes(): number
  /** The server should have answered by now: when nothing at all has come for `silentMs`, the connection counts as lost. */
  doubt(silentMs: number): void
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
  /** Numbers hold for one connection. */
  const numbers = new Map<string, number>()
  const names = new Map<number, string>()
  let socket: WebSocket | null = null
  let failures = 0
  let heardAtMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false
  let giveUp: () => void = () => {}

  const sendFrame = (frame: ClientFrame): boolean => {
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(frame))
    return true
  }
  const openChannel = (channel: string, followed: Followed): void => {
    sendFrame({ type: 'open', channel, since: followed.since() })
  }

  const forgetNumber = (channel: string): void => {
    const given = numbers.get(channel)
    numbers.delete(channel)
    if (given !== undefined && names.get(given) === channel) names.delete(given)
  }
  const takeText = (text: string): void => {
    const frame = JSON.parse(text) as ServerFrame
    const followed = channels.get(frame.channel)
    if (followed === undefined) return
    if (frame.type === 'error') followed.follower.refused(frame.code, frame.detail)
    else {
      if ('type' in frame.message && frame.message.type === 'opened') number(frame.channel, frame.message.number)
      followed.follower.message(frame.message)
    }
  }
  const number = (channel: string, given: number): void => {
    forgetNumber(channel)
    numbers.set(channel, given)
    names.set(given, channel)
  }
  const takeBytes = (bytes: Uint8Array): void => {
    const head = readUnsigned(bytes, 0)
    const channel = head === null ? undefined : names.get(head.value)
    if (head === null || channel === undefined) return
    channels.get(channel)?.follower.bytes?.(bytes.subarray(head.next))
  }

  const connect = (): void => {
    clearTimeout(timer)
    if (closed || socket !== null) return
    onState('connecting')
    const opened = new WebSocket(url)
    opened.binaryType = 'arraybuffer'
    socket = opened
    let openedAt = 0
    opened.onopen = () => {
      openedAt = performance.now()
      onState('open')
      for (const [channel, followed] of channels) openChannel(channel, followed)
    }
    opened.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== opened) return
      heardAtMs = performance.now()
      if (typeof event.data === 'string') takeText(event.data)
      else takeBytes(new Uint8Array(event.data))
    }
    const lost = (): void => {
      if (socket !== opened) return
      socket = null
      numbers.clear()
      names.clear()
      for (const { follower } of [...channels.values()]) follower.away?.()
      if (closed) return
      failures = openedAt > 0 && performance.now() - openedAt > goodAfterMs ? 0 : failures + 1
      onState('waiting')
      // Half of the pause is chance: after a restart not all tabs come back in the same instant.
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** failures)
      timer = setTimeout(connect, pause / 2 + (Math.random() * pause) / 2)
    }
    opened.onclose = lost
    giveUp = () => {
      opened.close()
      lost()
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
        forgetNumber(channel)
        sendFrame({ type: 'close', channel })
      }
    },
    send: (channel, message) => sendFrame({ type: 'send', channel, message }),
    sendBytes(channel, frame) {
      const given = numbers.get(channel)
      if (given === undefined || socket?.readyState !== WebSocket.OPEN) return false
      socket.send(joined(unsigned(given), frame))
      return true
    },
    waitingBytes: () => socket?.bufferedAmount ?? 0,
    doubt(silentMs) {
      if (socket?.readyState === WebSocket.OPEN && performance.now() - heardAtMs > silentMs) giveUp()
    },
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
