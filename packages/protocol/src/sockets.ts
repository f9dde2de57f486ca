/**
 * The tab's one WebSocket, `GET /api/v1/socket`: JSON text frames, each for a channel; a document has binary frames too.
 *
 * Channels: `server` (ServerNews) · `execution:<id>` (ExecutionEvent; `open` takes `since`) · `project:<id>` (ProjectNews, see presence.ts)
 * · `document:<project>/<path>` (DocumentMessage and binary frames, see documents.ts).
 * History: 1 – first version. 2 – channel `project:<id>`. 3 – channel `document:<project>/<path>`, with binary frames.
 */
import { z } from 'zod'
import type { AssignmentNews } from './assignments.ts'
import type { DocumentMessage } from './documents.ts'
import { ExecutionCommand, type ExecutionEvent } from './executions.ts'
import { Here, type ProjectNews } from './presence.ts'
import type { ServerNews } from './server-status.ts'

export const socketPath = '/api/v1/socket'
/** Largest frame a client may send, bytes. */
export const socketFrameLimit = 2 * 1024 * 1024

export const channelOfExecution = (id: string): string => `execution:${id}`

/** The longest names a document: a project's id and a path. */
const Channel = z.string().max(320)

/** From the browser. */
export const ClientFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), channel: Channel, since: z.int().min(0).default(0) }),
  z.strictObject({ type: z.literal('close'), channel: Channel }),
  z.strictObject({ type: z.literal('send'), channel: Channel, message: z.union([ExecutionCommand, Here]) }),
])
export type ClientFrame = z.infer<typeof ClientFrame>

export type ChannelMessage = ExecutionEvent | ServerNews | ProjectNews | DocumentMessage | AssignmentNews

/** To the browser. */
export type ServerFrame =
  | { readonly type: 'message'; readonly channel: string; readonly message: ChannelMessage }
  /** The channel refused something, or cannot be opened; it stays as it was. */
  | { readonly type: 'error'; readonly channel: string; readonly code: string; readonly detail: string }
