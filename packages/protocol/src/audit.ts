/** The audit log: who did what, when and from where. */
import { z } from 'zod'

export const auditLimits = {
  /** Lines of one page. */
  pageLines: 200,
} as const

export const AuditLine = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    userId: z.uuid().nullable().describe('null: nobody who is known, or the server itself'),
    userName: z.string().nullable().describe('As they are called now; null: they are gone'),
    via: z.string().nullable().describe('"token:<id>" when an API token was used'),
    action: z.string().describe('A noun and a verb, e.g. "project.rename"'),
    projectId: z.uuid().nullable(),
    object: z.string().nullable().describe('What it was done to, when that is not the project: an id, or a path'),
    result: z.enum(['done', 'refused']),
    address: z.string().nullable().describe('In the log of a project: only your own'),
    requestId: z.string().nullable().describe('X-Request-Id of the answer'),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: 'AuditLine' })
export type AuditLine = z.infer<typeof AuditLine>

/** The newest first. */
export const AuditPage = z
  .object({ items: z.array(AuditLine), nextCursor: z.string().nullable().describe('null: that was all') })
  .meta({ id: 'AuditPage' })
export type AuditPage = z.infer<typeof AuditPage>

const Action = z
  .string()
  .regex(/^[a-z][a-z-]{0,29}(\.[a-z][a-z-]{0,29})?$/)
  .describe('A whole action, or its noun: "project.rename", "project"')
const Paging = {
  limit: z.coerce.number().int().min(1).max(auditLimits.pageLines).default(100),
  cursor: z.string().max(200).optional().describe('`nextCursor` of the page before'),
}
const Times = {
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional().describe('That moment is not included'),
}

export const AuditQuery = z.object({
  user: z.uuid().optional(),
  project: z.uuid().optional(),
  action: Action.optional(),
  result: z.enum(['done', 'refused']).optional(),
  request: z.uuid().optional().describe('X-Request-Id of an answer'),
  address: z
    .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
    .optional()
    .describe('An address, or a network such as 203.0.113.0/24'),
  ...Times,
  ...Paging,
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .default('json')
    .describe('`ndjson` and `csv` are everything that fits the filter, as a stream'),
})
export type AuditQuery = z.infer<typeof AuditQuery>

export const ProjectAuditQuery = z.object({ action: Action.optional(), ...Times, ...Paging })
export type ProjectAuditQuery = z.infer<typeof ProjectAuditQuery>
