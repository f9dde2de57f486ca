/** Channel `assignment:<id>` of a tab's socket: the teacher's overview, live. */
import { channelOfAssignment } from '@atelier/protocol/assignments'
import { Refusal } from '@atelier/protocol/errors'
import type { ChannelKind } from '../sockets/tab-socket.ts'
import { noSuchAssignment } from './assignments.ts'
import type { Overviews } from './overviews.ts'

const prefix = channelOfAssignment('')

export function assignmentChannel(overviews: Pick<Overviews, 'follow'>): ChannelKind {
  return {
    matches: (channel) => (channel.startsWith(prefix) ? channel.slice(prefix.length).toLowerCase() : null),
    async open({ userId, id }, sink) {
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw noSuchAssignment()
      const stop = await overviews.follow(id, userId, sink)
      return {
        close: stop,
        receive: async () => {
          throw new Refusal('invalid-request', 'An overview takes no messages. Change the assignment over HTTP.')
        },
      }
    },
  }
}
