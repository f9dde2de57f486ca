/** Renders the first response: a whole page that can be typed into before a single script has loaded. Runs in the server. */
import type { PageBoot } from '@atelier/protocol/page-boot'
import { renderToString } from 'react-dom/server'
import { escapeHtml } from './editor/EditorPane.tsx'
import { nameOf } from './files/tree.ts'
import early from './page/early.js?raw'
import { Page } from './workbench/Page.tsx'
import { createWorkbench } from './workbench/workbench.ts'

export { earlyEmbedScript, renderEmbed } from './embed/embed-html.ts'
/** Tells which colours to preload. */
export { editorLanguageOf } from './languages/editor-languages.ts'

export type PageInput = {
  readonly boot: PageBoot
  /** The open file's text, if it is sent along. */
  readonly text: string | null
  readonly entry: string
  readonly preload: readonly string[]
  readonly styles: readonly string[]
  readonly fonts: readonly string[]
  /** Address of the oEmbed answer for this page; null: it cannot be embedded. */
  readonly oembed: string | null
}

/** Stands in every page's head; the policy of the page allows exactly this script by its hash. */
export const earlyScript = early.trim()

export function renderPage({ boot, text, entry, preload, styles, fonts, oembed }: PageInput): string {
  const body = renderToString(<Page workbench={createWorkbench(boot)} firstText={text ?? ''} />)
  const title = boot.file === null ? boot.project.name : `${nameOf(boot.file.path)} · ${boot.project.name}`
  return `<!doctype html>
<html lang="en" data-theme="light" data-sidebar="on" data-panel="bottom">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<title>${escapeHtml(title)} · Atelier</title>
<meta name="description" content="Write code, run it safely, see the output as it appears.">
<meta name="theme-color" content="#ebe5db" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#151413" media="(prefers-color-scheme: dark)">
<meta property="og:title" content="Atelier">
<meta property="og:description" content="An online code editor that you host yourself.">
<meta property="og:type" content="website">
${oembed === null ? '' : `<link rel="alternate" type="application/json+oembed" href="${escapeHtml(oembed)}" title="${escapeHtml(boot.project.name)}">\n`}<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="manifest" href="/site.webmanifest">
${styles.map((file) => `<link rel="stylesheet" href="/${file}">`).join('\n')}
${fonts.map((file) => `<link rel="preload" href="/${file}" as="font" type="font/woff2" crossorigin>`).join('\n')}
<script data-entry="/${entry}">${earlyScript}</script>
${[entry, ...preload].map((file) => `<link rel="modulepreload" href="/${file}">`).join('\n')}
</head>
<body>
<div id="app">${body}</div>
<script type="application/json" id="boot">${scriptJson(boot)}</script>
<noscript><p class="noscript">Atelier needs JavaScript to save and run. You can read the text above.</p></noscript>
</body>
</html>`
}

/** JSON that cannot end the script element it stands in. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
