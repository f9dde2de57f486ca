/** What `npm run build` made of apps/web: the renderer of the first response, and the list of what that response loads. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PageBoot } from '@atelier/protocol/page-boot'
import { z } from 'zod'

const PageAssets = z.object({
  entry: z.string(),
  preload: z.array(z.string()),
  languages: z.record(z.string(), z.array(z.string())),
  styles: z.array(z.string()),
  fonts: z.array(z.string()),
})

type PageInput = {
  readonly boot: PageBoot
  readonly text: string | null
  readonly entry: string
  readonly preload: readonly string[]
  readonly styles: readonly string[]
  readonly fonts: readonly string[]
  readonly oembed: string | null
}
/** The module that the build writes; apps/web/src/page.tsx. */
type PageModule = {
  renderPage(input: PageInput): string
  readonly earlyScript: string
  editorLanguageOf(path: string, languages: PageBoot['languages']): string
}

export type BuiltPage = {
  /** `oembed`: address of the oEmbed answer for this page. */
  render(boot: PageBoot, text: string | null, oembed?: string | null): { readonly html: string; readonly policy: string }
}

/** Null when the page has not been built. */
export async function openBuiltPage(webFolder: string): Promise<BuiltPage | null> {
  const assetsFile = join(webFolder, 'page-assets.json')
  const moduleFile = join(webFolder, 'server', 'page.js')
  if (!existsSync(assetsFile) || !existsSync(moduleFile)) return null
  const assets = PageAssets.parse(JSON.parse(await readFile(assetsFile, 'utf8')))
  const module = (await import(pathToFileURL(moduleFile).href)) as PageModule
  const policy = policyWith(module.earlyScript)
  return {
    render(boot, text, oembed = null) {
      const language = boot.file === null ? '' : module.editorLanguageOf(boot.file.path, boot.languages)
      const preload = [...assets.preload, ...(assets.languages[language] ?? [])]
      return { html: module.renderPage({ boot, text, oembed, ...assets, preload }), policy }
    },
  }
}

/**
 * Scripts come from us alone, and the one in the page by its hash. Monaco writes style elements, so styles may stand inline. Nobody may
 * put the editor into a frame.
 */
function policyWith(earlyScript: string): string {
  const hash = createHash('sha256').update(earlyScript).digest('base64')
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    'media-src blob:',
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
