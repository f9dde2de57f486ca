/** Channel `document:<project>/<path>` of a tab's socket. */
import { documentChannelPrefix, documentLimits } from '@atelier/protocol/documents'
import { Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'
import { BadMessage } from '@atelier/text/engine'
import { noSuchProject } from '../projects/refusals.ts'
import type { ChannelKind } from '../sockets/tab-socket.ts'
import type { Documents } from './documents.ts'
import { takeFrame } from './take-frame.ts'

export function documentChannel(documents: Documents): ChannelKind {
  return {
    matches: (channel) => (channel.startsWith(documentChannelPrefix) ? channel.slice(documentChannelPrefix.length) : null),
    async open({ userId, id }, sink) {
      const cut = id.indexOf('/')
      if (cut < 0) throw noSuchProject()
      const path = checkPath(id.slice(cut + 1))
      // Whoever does not read is not sent the whole text once more.
      await sink.frames.ready()
      const session = await documents.enter(id.slice(0, cut), path, userId, () => ({
        ...{ userId, form: 'numbered' as const },
        write: (frame) => sink.frames.write(frame),
        get unsentBytes() {
          return sink.frames.unsentBytes
        },
        tell: (message) => void sink.send(JSON.stringify(message)),
        refuse: (error) => sink.refuse(asRefusal(error)),
        refuseChange: (reason) => sink.refuse(new Refusal('forbidden', reason)),
        hold: (isHeld) => sink.hold(isHeld),
        end: () => sink.drop(),
      }))
      const { number, documentId, engine, access, room, member } = session
      sink.send(JSON.stringify({ type: 'opened', number, documentId, engine, access }))
      room.welcome(member)
      return {
        close: () => session.leave(),
        receive: async () => {
          throw new Refusal('invalid-request', 'A document speaks binary frames, which begin with its number.')
        },
        binary: {
          number,
          take(data, from) {
            try {
              takeFrame(session, data, from, documentLimits.changeBytes)
            } catch (error) {
              throw asRefusal(error)
            }
          },
        },
      }
    },
  }
}

const asRefusal = (error: unknown): unknown =>
  error instanceof BadMessage ? new Refusal('invalid-request', `The message is not valid: ${error.message}.`) : error
