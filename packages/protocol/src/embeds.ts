/**
 * Embeds: a project or a template in a frame of somebody else's page. The reader is nobody: what they change stays in their browser, and
 * their programs run from files that they send, with a token that is good for nothing else.
 */
import { z } from 'zod'
import { ExecutionFile, executionBounds } from './executions.ts'
import type { Language } from './languages.ts'

export const embedBounds = {
  files: 100,
  /** All files of an embed together, and of a project that a form of another page makes. */
  bytes: 512 * 1024,
  titleLength: 120,
  /** Length of an address that /oembed is asked about. */
  addressLength: 2000,
} as const

export const embedTokenPrefix = 'atl_e_'

export const EmbedGuest = z
  .object({ token: z.string().describe('Send it as `Authorization: Bearer …`'), expiresAt: z.iso.datetime() })
  .meta({ id: 'EmbedGuest' })
export type EmbedGuest = z.infer<typeof EmbedGuest>

export const EmbedExecutionRequest = z
  .strictObject({
    files: z.array(ExecutionFile).min(1).max(embedBounds.files),
    entryPoint: z.string().optional(),
    args: z.array(z.string().max(executionBounds.argumentBytes)).max(20).default([]),
  })
  .meta({ id: 'EmbedExecutionRequest' })
export type EmbedExecutionRequest = z.infer<typeof EmbedExecutionRequest>

export const EmbedInput = z
  .strictObject({ data: z.string().max(64 * 1024), end: z.boolean().default(false) })
  .meta({ id: 'EmbedInput' })
export type EmbedInput = z.infer<typeof EmbedInput>

/** OEmbed 1.0, type "rich". */
export const OEmbed = z
  .object({
    type: z.literal('rich'),
    version: z.literal('1.0'),
    title: z.string(),
    provider_name: z.string(),
    provider_url: z.string(),
    cache_age: z.int(),
    html: z.string(),
    width: z.int(),
    height: z.int(),
  })
  .meta({ id: 'OEmbed' })
export type OEmbed = z.infer<typeof OEmbed>

/** How an embed looks and behaves, from the parameters of its address. */
export type EmbedLook = {
  readonly theme: 'light' | 'dark' | 'auto'
  readonly view: 'both' | 'editor' | 'output'
  /** Nothing but the text and a button, until that is pressed. */
  readonly clickToLoad: boolean
  /** Starts the program as soon as the page is there. */
  readonly runsAtOnce: boolean
  readonly showsTabs: boolean
  readonly showsTitle: boolean
  /** The output is folded away until something runs. */
  readonly foldsOutput: boolean
  readonly readOnly: boolean
  /** Run starts the file that is open. */
  readonly runsOpenFile: boolean
  /** Of the page's height, per cent. */
  readonly outputPercent: number
  readonly fontPixels: number
  /** Lines of the first file that stand out, from 1, both ends included. */
  readonly highlights: readonly (readonly [from: number, to: number])[]
}

export type EmbedFile = { readonly path: string; readonly content: string; readonly encoding: 'utf8' | 'base64' }

/** What the server puts into the page of an embed. */
export type EmbedBoot = {
  readonly title: string
  /** Where "Open in Atelier" leads when nothing was changed. */
  readonly openAddress: string
  readonly files: readonly EmbedFile[]
  /** The file that is open. */
  readonly open: string
  readonly entryPoint: string | null
  readonly look: EmbedLook
  readonly languages: readonly Pick<Language, 'id' | 'name' | 'extensions' | 'entryPoint' | 'available'>[]
  readonly guest: EmbedGuest
  /** Pages that may speak with this one; null: whichever has it in a frame. */
  readonly parents: readonly string[] | null
}
