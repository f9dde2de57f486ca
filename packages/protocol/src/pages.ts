/** Cursor pagination: `?limit&cursor` → `{ items, nextCursor }`, with a `Link: …; rel="next"` header beside it. */
import { z } from 'zod'

export const pageSizeLimit = 100

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(pageSizeLimit).default(50),
  cursor: z.string().max(256).optional().describe('`nextCursor` of the page before'),
})

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable().describe('null on the last page') })
