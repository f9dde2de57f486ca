/**
 * Documents: text files while they are edited together.
 *
 * A page follows the channel `document:<project>/<path>` on its one socket. The answer to `open` is `opened`, with a number;
 * from then on the document's own messages travel as binary frames that begin with this number, in both directions:
 *
 *     varuint number │ varuint type │ …
 *       0 sync       varuint kind (0 join, 1 answer, 2 change) │ varuint length │ body: the engine's
 *       1 presence   varuint length │ body: an awareness update of y-protocols
 *       3 ask        everybody's presence, please
 *       4 stored     varuint count: so many change messages of this connection are committed (server to page)
 *
 * `GET /api/v1/projects/{project}/yjs/{path}` is the same without the number and without `stored`, for any y-websocket client
 * (type 2 there: y-protocols' auth, a refusal with its reason). The server sends nothing of a change before it is committed.
 */
import { z } from 'zod'

export const documentChannelPrefix = 'document:'
export const documentChannel = (projectId: string, path: string): string => `${documentChannelPrefix}${projectId}/${path}`

export const messageTypes = { sync: 0, presence: 1, refusal: 2, ask: 3, stored: 4 } as const
export const syncKinds = { join: 0, answer: 1, change: 2 } as const

export const documentLimits = {
  /** Text of a document, bytes of UTF-8. Larger files are saved as a whole, not edited together. */
  textBytes: 10 * 1024 * 1024,
  /** Snapshot and history in memory, bytes: what was deleted leaves traces. */
  storedBytes: 50 * 1024 * 1024,
  /** One change message. A page cuts a larger paste into several. */
  changeBytes: 1024 * 1024,
  /** A page's own cut, UTF-16 units of text per change message. */
  pasteUnits: 128 * 1024,
  /** Presence state of one person, bytes of JSON. */
  presenceBytes: 4 * 1024,
  membersPerDocument: 1000,
} as const

/** JSON messages on the channel, server to page. */
export type DocumentMessage =
  | {
      readonly type: 'opened'
      /** Begins every binary frame of this document on this socket. */
      readonly number: number
      readonly documentId: string
      readonly engine: 'crdt' | 'ot'
      readonly access: 'write' | 'read'
    }
  /** What may be done changed: the role, or the database went away or came back. `reason`: a sentence for people, null when writable. */
  | { readonly type: 'access'; readonly access: 'write' | 'read'; readonly reason: string | null }
  /** The file was renamed or moved. The channel stays. */
  | { readonly type: 'moved'; readonly path: string }
  /** The text up to now is in the file with this version. */
  | { readonly type: 'filed'; readonly version: number }
  /**
   * The document is closed and the channel with it. `deleted`: the file is gone. `denied`: access was taken away. `again`: open it
   * anew (the server lost the right to write it, or you did not read fast enough); nothing that was stored is lost.
   */
  | { readonly type: 'closed'; readonly reason: 'deleted' | 'denied' | 'again'; readonly detail: string }

/** Presence state that our pages use, as JSON inside the awareness update; y-codemirror and y-monaco use the same names. */
export const PresenceState = z.object({
  user: z.object({ name: z.string().max(60), color: z.string().max(32), id: z.string().max(64).optional() }),
  cursor: z.object({ anchor: z.unknown(), head: z.unknown() }).nullable().optional(),
})
export type PresenceState = z.infer<typeof PresenceState>
