/** Channel `server` of a tab's socket: the news at once, then whenever something changed. */
import { Refusal } from '@atelier/protocol/errors'
import type { ChannelKind } from '../sockets/tab-socket.ts'
import type { Status } from './status.ts'

export function serverChannel(status: Status): ChannelKind {
  return {
    matches: (channel) => (channel === 'server' ? '' : null),
    async open(_request, sink) {
      let last = ''
      const tell = (): void => {
        const json = JSON.stringify(status.news())
        if (json === last) return
        last = json
        sink.send(json)
      }
      tell()
      const stop = status.onChange(tell)
      return {
        close: stop,
        receive: async () => {
          throw new Refusal('invalid-request', 'This channel only tells.')
        },
      }
    },
  }
}
