/** What `npm run build` made of apps/web/src/embed: the renderer of an embed's first response, and the list of what it loads. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EmbedBoot } from '@atelier/protocol/embeds'
import { z } from 'zod'

const EmbedAssets = z.object({
  embed: z.object({ entry: z.string(), preload: z.array(z.string()), styles: z.array(z.string()) }),
})
type EmbedInput = z.infer<typeof EmbedAssets>['embed'] & { readonly boot: EmbedBoot; readonly oembed: string | null }
/** The module that the build writes; apps/web/src/page.tsx. */
type EmbedModule = { renderEmbed(input: EmbedInput): string; readonly earlyEmbedScript: string }

export type BuiltEmbed = {
  render(boot: EmbedBoot, oembed: string | null): string
  readonly policy: string
}

/** Null when the page has not been built. */
export async function openBuiltEmbed(webFolder: string): Promise<BuiltEmbed | null> {
  const assetsFile = join(webFolder, 'page-assets.json')
  const moduleFile = join(webFolder, 'server', 'page.js')
  if (!existsSync(assetsFile) || !existsSync(moduleFile)) return null
  const assets = EmbedAssets.safeParse(JSON.parse(await readFile(assetsFile, 'utf8')))
  if (!assets.success) return null
  const module = (await import(pathToFileURL(moduleFile).href)) as EmbedModule
  const hash = createHash('sha256').update(module.earlyEmbedScript).digest('base64')
  return {
    render: (boot, oembed) => module.renderEmbed({ boot, oembed, ...assets.data.embed }),
    policy: [
      "default-src 'none'",
      `script-src 'self' 'sha256-${hash}'`,
      // CodeMirror writes style elements.
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  }
}
