/** Sharing a project: links that let people in, and the people who are in. */
import { z } from 'zod'
import { ProjectRole } from './projects.ts'

/** Tokens of links carry this prefix so that secret scanners know them. */
export const shareTokenPrefix = 'atl_j_'
export const ShareToken = z
  .string()
  .regex(new RegExp(`^${shareTokenPrefix}[A-Za-z0-9_-]{43}$`))
  .describe('The token of a share link')

export const sharingLimits = {
  /** Links of one project that work. */
  linksPerProject: 50,
  /** People in one project beside its owner. */
  membersPerProject: 500,
  /** Longest life of a link that ends, hours: a year. */
  linkHours: 24 * 365,
} as const

/** The page where somebody with the link comes in. */
export const joinPath = (token: string): string => `/join/${token}`

/** What can be shared: an owner stays the only one. */
export const SharedRole = z.enum(['editor', 'viewer'])
export type SharedRole = z.infer<typeof SharedRole>

export const ShareLink = z
  .object({
    id: z.uuid(),
    role: SharedRole.describe('What whoever joins with it becomes'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable().describe('null: it works until it is revoked'),
    lastUsedAt: z.iso.datetime().nullable().describe('null: nobody has joined with it'),
  })
  .meta({ id: 'ShareLink' })
export type ShareLink = z.infer<typeof ShareLink>

export const ShareLinkList = z.object({ items: z.array(ShareLink) }).meta({ id: 'ShareLinkList' })
export type ShareLinkList = z.infer<typeof ShareLinkList>

export const ShareLinkCreation = z
  .strictObject({
    role: SharedRole,
    expiresInHours: z
      .int()
      .min(1)
      .max(sharingLimits.linkHours)
      .optional()
      .describe('Without it the link works until it is revoked'),
  })
  .meta({ id: 'ShareLinkCreation' })
export type ShareLinkCreation = z.infer<typeof ShareLinkCreation>

/** The token is shown once and stored nowhere. */
export const ShareLinkCreated = ShareLink.extend({
  token: z.string(),
  path: z.string().describe('Put it behind the address of this server: that is the link to send'),
}).meta({ id: 'ShareLinkCreated' })
export type ShareLinkCreated = z.infer<typeof ShareLinkCreated>

export const Member = z
  .object({
    userId: z.uuid(),
    name: z.string().describe('What they call themselves; not unique, and text of a stranger'),
    role: ProjectRole,
    joinedAt: z.iso.datetime(),
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>

/** The owner first, then in the order in which they came. */
export const MemberList = z.object({ items: z.array(Member) }).meta({ id: 'MemberList' })
export type MemberList = z.infer<typeof MemberList>

export const MemberChange = z.strictObject({ role: SharedRole }).meta({ id: 'MemberChange' })
export type MemberChange = z.infer<typeof MemberChange>
