/**
 * The parameters of an embed's address: those of StackBlitz and CodeSandbox by their names, in any case, so that an address that was made
 * for them still works, and a few of our own. docs/embed.md lists them all.
 */
import type { EmbedLook } from '@atelier/protocol/embeds'

/** What each one does; null: it is taken, and means nothing here. */
export const embedParameters: Readonly<Record<string, string | null>> = {
  file: 'opens this file; the first, when several are named, separated by commas',
  module: 'the same, as CodeSandbox calls it',
  initialpath: 'the same, when it names a file: `/index.html`',
  theme: '`light` or `dark`; without it the reader’s system decides',
  view: '`editor`, `output` (or `preview`), `both` (or `split`)',
  ctl: '`1`: shows the text and a button, and loads nothing more before it is pressed',
  clicktoload: 'the same',
  run: '`1`: runs the program as soon as the page is there',
  autorun: 'the same',
  runonclick: '`1`: nothing runs before the reader presses Run, whatever `run` says',
  hideexplorer: '`1`: no tabs',
  showsidebar: '`0`: no tabs, `1`: tabs also for a single file',
  hidenavigation: '`1`: no title',
  zenmode: '`1`: neither tabs nor title',
  hidedevtools: '`1`: the output is folded away until something runs',
  terminalheight: 'height of the output, per cent: 10 to 90',
  devtoolsheight: 'the same, as older addresses have it',
  fontsize: 'of the code, pixels: 8 to 32',
  moduleview: '`1`: Run starts the file that is open',
  readonly: '`1`: the reader cannot type',
  embed: null,
  template: 'of `/embed` without a project: which template is shown',
  editorsize: null,
  sidebarview: null,
  startscript: null,
  forceembedlayout: null,
  codemirror: null,
  eslint: null,
  enableeslint: null,
  expanddevtools: null,
  highlights: null,
  previewwindow: null,
  verticallayout: null,
  autoresize: null,
  hidedevtoolbar: null,
}

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
  const file = named
    ?.split(',')[0]
    ?.replace(/^\/+/, '')
    .replace(/:L?\d+(?:-L?\d+)?$/, '')
  return {
    file: file === undefined || file === '' ? null : file,
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
    },
  }
}
