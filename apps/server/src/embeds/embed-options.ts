/**
 * The parameters of an embed's address: those of StackBlitz and CodeSandbox by their names, in any case, so that an address that was made
 * for them still works, and a few of our own. docs/embed.md lists them all.
 */
import type { EmbedLook } from '@atelier/protocol/embeds'

/** Those that say how an embed looks and behaves. */
export const usedParameters: readonly string[] = [
  ...['file', 'module', 'initialpath', 'theme', 'view', 'ctl', 'clicktoload', 'run', 'autorun', 'runonclick', 'hideexplorer'],
  ...['showsidebar', 'hidenavigation', 'zenmode', 'hidedevtools', 'terminalheight', 'devtoolsheight', 'fontsize', 'moduleview'],
  ...['readonly', 'highlights'],
]
/** Those that are taken, and mean nothing here. */
export const idleParameters: readonly string[] = [
  ...['embed', 'editorsize', 'sidebarview', 'startscript', 'forceembedlayout', 'codemirror', 'eslint', 'enableeslint'],
  ...['expanddevtools', 'previewwindow', 'verticallayout', 'autoresize', 'hidedevtoolbar'],
]

export type EmbedOptions = { readonly look: EmbedLook; readonly file: string | null }

/** Never refuses: an embed with an odd parameter shows what it can. */
export function embedOptionsOf(query: unknown): EmbedOptions {
  const given = new Map<string, string>()
  for (const [name, value] of Object.entries(query ?? {})) {
    const first: unknown = Array.isArray(value) ? value[0] : value
    if (typeof first === 'string') given.set(name.toLowerCase(), first.slice(0, 1000))
  }
  const isOn = (name: string): boolean => /^(?:1|true|yes|)$/i.test(given.get(name) ?? '0')
  const amount = (names: readonly string[], usual: number, least: number, most: number): number => {
    const text = names.map((name) => given.get(name)).find((value) => value !== undefined && /^\d{1,4}$/.test(value))
    return text === undefined ? usual : Math.min(Math.max(Number(text), least), most)
  }
  const theme = given.get('theme')?.toLowerCase()
  const view = given.get('view')?.toLowerCase()
  const named = given.get('file') ?? given.get('module') ?? given.get('initialpath')
  const first = named?.split(',')[0]?.replace(/^\/+/, '') ?? ''
  const file = first.replace(atLine, '')
  return {
    file: file === '' ? null : file,
    look: {
      theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
      view: view === 'editor' ? 'editor' : view === 'preview' || view === 'output' ? 'output' : 'both',
      clickToLoad: isOn('ctl') || isOn('clicktoload'),
      runsAtOnce: (isOn('run') || isOn('autorun')) && !isOn('runonclick'),
      showsTabs: !isOn('hideexplorer') && !isOn('zenmode') && (!given.has('showsidebar') || isOn('showsidebar')),
      showsTitle: !isOn('hidenavigation') && !isOn('zenmode'),
      foldsOutput: isOn('hidedevtools'),
      readOnly: isOn('readonly'),
      runsOpenFile: isOn('moduleview'),
      outputPercent: amount(['terminalheight', 'devtoolsheight'], 40, 10, 90),
      fontPixels: amount(['fontsize'], 14, 8, 32),
      highlights: linesOf(given.get('highlights') ?? atLine.exec(first)?.[1] ?? ''),
    },
  }
}

/** As StackBlitz writes a line behind a file: `main.py:L3`, `main.py:L3-L7`. */
const atLine = /:(L?\d{1,6}(?:-L?\d{1,6})?)$/
const mostHighlights = 50

function linesOf(text: string): EmbedLook['highlights'] {
  const parts = text.split(',', mostHighlights).map((part) => /^L?(\d{1,6})(?:-L?(\d{1,6}))?$/.exec(part.trim()))
  return parts.flatMap((found) => (found === null ? [] : [[Number(found[1]), Number(found[2] ?? found[1])] as const]))
}
