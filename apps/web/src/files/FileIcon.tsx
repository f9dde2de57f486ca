/** A small mark per kind of file: letters where a language is known by them, a drawing where a drawing says more. */

import code from '@vscode/codicons/src/icons/code.svg?raw'
import file from '@vscode/codicons/src/icons/file.svg?raw'
import binary from '@vscode/codicons/src/icons/file-binary.svg?raw'
import media from '@vscode/codicons/src/icons/file-media.svg?raw'
import pdf from '@vscode/codicons/src/icons/file-pdf.svg?raw'
import text from '@vscode/codicons/src/icons/file-text.svg?raw'
import archive from '@vscode/codicons/src/icons/file-zip.svg?raw'
import info from '@vscode/codicons/src/icons/info.svg?raw'
import json from '@vscode/codicons/src/icons/json.svg?raw'
import lock from '@vscode/codicons/src/icons/lock.svg?raw'
import markdown from '@vscode/codicons/src/icons/markdown.svg?raw'
import python from '@vscode/codicons/src/icons/python.svg?raw'
import gear from '@vscode/codicons/src/icons/settings-gear.svg?raw'
import css from '@vscode/codicons/src/icons/symbol-color.svg?raw'
import table from '@vscode/codicons/src/icons/table.svg?raw'
import terminal from '@vscode/codicons/src/icons/terminal.svg?raw'
import { endingOf } from '../languages/editor-languages.ts'
import { nameOf } from './tree.ts'

type Look = { readonly tone: string; readonly letters?: string; readonly drawing?: string }

const drawn = (drawing: string, tone: string): Look => ({ drawing, tone })
const lettered = (letters: string, tone: string): Look => ({ letters, tone })

const looks: Readonly<Record<string, Look>> = {
  py: drawn(python, 'blue'),
  pyi: drawn(python, 'blue'),
  js: lettered('JS', 'ochre'),
  mjs: lettered('JS', 'ochre'),
  cjs: lettered('JS', 'ochre'),
  jsx: lettered('JS', 'ochre'),
  ts: lettered('TS', 'blue'),
  mts: lettered('TS', 'blue'),
  tsx: lettered('TS', 'blue'),
  go: lettered('Go', 'cyan'),
  mod: lettered('Go', 'cyan'),
  rs: lettered('Rs', 'rust'),
  c: lettered('C', 'blue'),
  h: lettered('H', 'violet'),
  cpp: lettered('C+', 'blue'),
  java: lettered('Jv', 'rust'),
  json: drawn(json, 'ochre'),
  md: drawn(markdown, 'blue'),
  html: drawn(code, 'rust'),
  css: drawn(css, 'blue'),
  scss: drawn(css, 'rose'),
  sh: drawn(terminal, 'green'),
  bash: drawn(terminal, 'green'),
  toml: drawn(gear, 'grey'),
  yaml: drawn(gear, 'rose'),
  yml: drawn(gear, 'rose'),
  ini: drawn(gear, 'grey'),
  lock: drawn(lock, 'grey'),
  txt: drawn(text, 'grey'),
  log: drawn(text, 'grey'),
  csv: drawn(table, 'green'),
  sql: drawn(table, 'blue'),
  pdf: drawn(pdf, 'rose'),
  zip: drawn(archive, 'ochre'),
  gz: drawn(archive, 'ochre'),
  tar: drawn(archive, 'ochre'),
  bin: drawn(binary, 'grey'),
  wasm: drawn(binary, 'violet'),
  ...Object.fromEntries(
    ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg', 'ico', 'bmp', 'mp3', 'mp4', 'wav'].map((ending) => [
      ending,
      drawn(media, 'green'),
    ]),
  ),
}
const plain = drawn(file, 'grey')
const readme = drawn(info, 'blue')

export function FileIcon({ path }: { readonly path: string }) {
  const look = /^readme\b/i.test(nameOf(path)) ? readme : (looks[endingOf(path)] ?? plain)
  if (look.drawing === undefined)
    return (
      <span className="icon file-icon letters" data-tone={look.tone} aria-hidden="true">
        {look.letters}
      </span>
    )
  return (
    <span
      className="icon file-icon"
      data-tone={look.tone}
      aria-hidden="true"
      // biome-ignore lint/security/noDangerouslySetInnerHtml: the drawings are constants of this build
      dangerouslySetInnerHTML={{ __html: look.drawing }}
    />
  )
}
