/** Languages that this server knows, and whether each can be run right now. */
import { z } from 'zod'

export const Language = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string().nullable().describe('Of the toolchain in use; null while it is not available'),
    extensions: z.array(z.string()).describe('File endings with the dot, most usual first'),
    entryPoint: z.string().describe('The usual name of the file to start'),
    editorLanguage: z.string().describe('The id that Monaco knows it by'),
    compiled: z.boolean(),
    wanted: z.boolean().describe('Whether the person who hosts wants it here: it is there, or on its way'),
    available: z.boolean(),
    reason: z.string().nullable().describe('Why it is not available, one sentence'),
    remedy: z.string().nullable().describe('What the person who hosts can do'),
  })
  .meta({ id: 'Language' })
export type Language = z.infer<typeof Language>
export const LanguageList = z.object({ items: z.array(Language) }).meta({ id: 'LanguageList' })
export type LanguageList = z.infer<typeof LanguageList>

/** In the data folder: which languages the person who hosts wants beside the first. Written by the command line, read by the server. */
export const languageWishesFile = 'languages.json'
export const LanguageWishes = z.object({ languages: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)).max(200) })
export type LanguageWishes = z.infer<typeof LanguageWishes>

/** How far the toolchain image is. `progress` is 0 to 1. */
export const ToolchainState = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('waiting') }),
    z.object({ state: z.literal('building'), step: z.string(), progress: z.number(), startedAt: z.iso.datetime() }),
    z.object({ state: z.literal('ready'), builtAt: z.iso.datetime(), sizeBytes: z.int() }),
    z.object({ state: z.literal('failed'), reason: z.string(), remedy: z.string() }),
    z.object({ state: z.literal('off'), reason: z.string(), remedy: z.string() }),
  ])
  .meta({ id: 'ToolchainState' })
export type ToolchainState = z.infer<typeof ToolchainState>
