/** The first response of an embed: the open file's text can be read and typed into before any script has come. Runs in the server. */
import type { EmbedBoot } from '@atelier/protocol/embeds'
import early from './early.js?raw'

export type EmbedInput = {
  readonly boot: EmbedBoot
  /** Address of the oEmbed answer for this page; null: nothing can be embedded here. */
  readonly oembed: string | null
  readonly entry: string
  readonly preload: readonly string[]
  readonly styles: readonly string[]
}

/** The policy of the page allows exactly this script by its hash. */
export const earlyEmbedScript = early.trim()

export function renderEmbed({ boot, oembed, entry, preload, styles }: EmbedInput): string {
  const { look, title, files, open, openAddress } = boot
  const text = files.find(({ path }) => path === open)?.content ?? ''
  const wanted = look.clickToLoad ? [entry] : [entry, ...preload]
  return `<!doctype html>
<html lang="en" data-theme="${look.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Atelier</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
${oembed === null ? '' : `<link rel="alternate" type="application/json+oembed" href="${escaped(oembed)}" title="${escaped(title)}">`}
${styles.map((file) => `<link rel="stylesheet" href="/${file}">`).join('\n')}
<script>${earlyEmbedScript}</script>
<script type="module" src="/${entry}"></script>
${wanted.map((file) => `<link rel="modulepreload" href="/${file}">`).join('\n')}
</head>
<body>
<div class="embed" data-view="${look.view}" data-folded="${look.foldsOutput}" style="--output-height: ${look.outputPercent}%; --code: ${look.fontPixels}px; --code-line: ${Math.round(look.fontPixels * 1.55)}px">
<header class="embed-bar">
${look.showsTitle ? `<h1 class="embed-title"><bdi>${escaped(title)}</bdi></h1>` : ''}
<div class="embed-tabs" id="tabs" role="tablist" aria-label="Files"${look.showsTabs ? '' : ' hidden'}></div>
<span class="embed-actions">
<button type="button" class="embed-button" id="reset" hidden>Reset</button>
<a class="embed-button" id="open" href="${escaped(openAddress)}" target="_blank" rel="noopener">Open in Atelier</a>
<button type="button" class="embed-button embed-run" id="run" disabled>Run</button>
</span>
</header>
<main class="embed-editor" id="editor"><textarea id="first-text" aria-label="Code of ${escaped(open)}" spellcheck="false" autocapitalize="off" autocorrect="off"${look.readOnly ? ' readonly' : ''}>
${escaped(text)}</textarea>${look.clickToLoad ? '<button type="button" class="embed-load" id="load">Load and edit</button>' : ''}</main>
<section class="embed-output" aria-label="Output">
<div class="output-scroll" id="scroll" tabindex="0"><div id="output" class="output"></div></div>
<form class="embed-input" id="input-line" hidden><label for="input">Input</label><input id="input" class="mono" autocomplete="off" autocapitalize="off" spellcheck="false"><button type="button" class="embed-button" id="end-input" title="The program reads no more (Ctrl+D)">End</button></form>
<p class="embed-result" id="result" role="status">${look.clickToLoad ? '' : 'Press Run: the program runs on the server, in a sandbox of its own.'}</p>
</section>
</div>
<script type="application/json" id="boot">${scriptJson(boot)}</script>
<noscript><p>Without JavaScript this program can be read, not run.</p></noscript>
</body>
</html>`
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

/** JSON that cannot end the script element it stands in. */
const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
