/**
 * The life of a document: `GET /api/v1/projects/{id}/playback/{path}?after=`. The first page (without `after`) begins with the text as it was;
 * each page has the next changes in their order, as members were sent them. `@atelier/text/playback` plays them.
 */
import { z } from 'zod'

export const playbackLimits = {
  /** Of one page: records, and their bytes together (a longer record comes alone). */
  records: 2000,
  bytes: 2 * 1024 * 1024,
  authors: 10_000,
  /** What is kept: older changes, and those of longer histories, are folded into the text that playback begins with. */
  keptDays: 90,
  keptBytes: 64 * 1024 * 1024,
} as const

const Base64 = z.string().describe('Bytes in base64')

export const PlaybackQuery = z.object({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('`seq` of the last record that you have; left out: from the beginning'),
})

export const PlaybackPage = z
  .object({
    engine: z.enum(['crdt', 'ot']).describe('What the bytes are of'),
    startedAt: z.iso.datetime().describe('When the document began'),
    snapshot: Base64.nullable().describe('The text before the first record; on the first page only'),
    authors: z
      .array(z.object({ author: z.string(), userId: z.string(), name: z.string() }))
      .describe('Who is behind the names of authors in the bytes; on the first page only'),
    records: z.array(z.object({ seq: z.int(), at: z.iso.datetime(), bytes: Base64 })),
    latest: z.int().describe('`seq` of the last record there is: how far it is to the end'),
    next: z.int().nullable().describe('`after` of the next page; null: this was the last one'),
  })
  .meta({ id: 'PlaybackPage' })
export type PlaybackPage = z.infer<typeof PlaybackPage>
