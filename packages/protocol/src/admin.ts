/** What administrators see and change. For everybody else none of these addresses exists. */
import { z } from 'zod'
import { Language } from './languages.ts'
import { QuotaTier } from './quotas.ts'
import { ServerStatus } from './server-status.ts'

export const adminLimits = { usersPerPage: 100, executionsListed: 500, searchLength: 100 } as const

export const AdminUser = z
  .object({
    id: z.uuid(),
    kind: z.enum(['guest', 'account']),
    name: z.string(),
    login: z.string().nullable(),
    admin: z.boolean(),
    disabledAt: z.iso.datetime().nullable().describe('null: not disabled'),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().describe('When a browser was last seen, to a quarter of an hour; null for guests'),
    projects: z.int(),
    usedBytes: z.int(),
    executionsLastHour: z.int(),
    tier: z.string().describe('The one in force'),
    givenTier: z
      .string()
      .nullable()
      .describe('By an administrator; null: the one that goes with being a guest, an account or an administrator'),
  })
  .meta({ id: 'AdminUser' })
export type AdminUser = z.infer<typeof AdminUser>

export const AdminUserQuery = z.object({
  search: z.string().max(adminLimits.searchLength).optional().describe('Part of a name, or the beginning of an id'),
  kind: z.enum(['guest', 'account']).optional(),
  before: z.uuid().optional().describe('The last id of the page before'),
})
export type AdminUserQuery = z.infer<typeof AdminUserQuery>

/** The newest first. */
export const AdminUserList = z
  .object({ items: z.array(AdminUser), next: z.uuid().nullable().describe('`before` of the next page; null: that was all') })
  .meta({ id: 'AdminUserList' })
export type AdminUserList = z.infer<typeof AdminUserList>

export const AdminUserChange = z
  .strictObject({
    disabled: z.boolean().optional(),
    admin: z.boolean().optional(),
    tier: z
      .string()
      .max(20)
      .nullable()
      .optional()
      .describe('One of `tiers` of the server; null: the one that goes with the user'),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'say what to change: disabled, admin or tier')
  .meta({ id: 'AdminUserChange' })
export type AdminUserChange = z.infer<typeof AdminUserChange>

/** Shown once; only its hash is stored. */
export const AdminNewPassword = z.object({ password: z.string() }).meta({ id: 'AdminNewPassword' })

export const AdminExecution = z
  .object({
    id: z.uuid(),
    userId: z.uuid(),
    userName: z.string().nullable(),
    projectId: z.uuid().nullable(),
    language: z.string(),
    isolation: z.string(),
    startedAt: z.iso.datetime(),
  })
  .meta({ id: 'AdminExecution' })
export type AdminExecution = z.infer<typeof AdminExecution>
export const AdminExecutionList = z.object({ items: z.array(AdminExecution) }).meta({ id: 'AdminExecutionList' })

export const AdminSetting = z.object({
  name: z.string().describe('The environment variable'),
  value: z.string().nullable().describe('As it is in force; "set" for what is secret; null: not set'),
  meaning: z.string(),
})
export type AdminSetting = z.infer<typeof AdminSetting>

export const AdminServer = z
  .object({
    status: ServerStatus,
    pools: z.array(
      z.object({ isolation: z.string(), counts: z.record(z.string(), z.number()).describe('As in the metrics atelier_pool_*') }),
    ),
    languages: z.array(Language),
    tiers: z.array(QuotaTier.extend({ name: z.string() })),
    tiersBeyond: z.array(z.string()).describe('What tiers allow and the settings of this server do not, as sentences'),
    settings: z.array(AdminSetting).describe('Read only: they are given when the server starts'),
  })
  .meta({ id: 'AdminServer' })
export type AdminServer = z.infer<typeof AdminServer>
