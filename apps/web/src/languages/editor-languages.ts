/** Which language the editor colours a file in, by its name. The server's languages come first: they know what can be run. */
import type { Language } from '@atelier/protocol/languages'

const byEnding: Readonly<Record<string, string>> = {
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  py: 'python',
  pyi: 'python',
  go: 'go',
  rs: 'rust',
  json: 'json',
  jsonc: 'json',
  webmanifest: 'json',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  css: 'css',
  scss: 'scss',
  toml: 'ini',
  ini: 'ini',
  cfg: 'ini',
  conf: 'ini',
  lock: 'ini',
  yaml: 'yaml',
  yml: 'yaml',
  sh: 'shell',
  bash: 'shell',
  c: 'c',
  h: 'c',
  cpp: 'cpp',
  cc: 'cpp',
  hpp: 'cpp',
  java: 'java',
  sql: 'sql',
  xml: 'xml',
  svg: 'xml',
  mod: 'go',
}

const byName: Readonly<Record<string, string>> = {
  dockerfile: 'dockerfile',
  '.gitignore': 'ini',
  '.env': 'ini',
  'package-lock.json': 'json',
}

const shownNames: Readonly<Record<string, string>> = {
  javascript: 'JavaScript',
  typescript: 'TypeScript',
  python: 'Python',
  go: 'Go',
  rust: 'Rust',
  json: 'JSON',
  markdown: 'Markdown',
  html: 'HTML',
  css: 'CSS',
  scss: 'SCSS',
  ini: 'Configuration',
  yaml: 'YAML',
  shell: 'Shell',
  c: 'C',
  cpp: 'C++',
  java: 'Java',
  sql: 'SQL',
  xml: 'XML',
  dockerfile: 'Dockerfile',
  clojure: 'Clojure',
  csharp: 'C#',
  elixir: 'Elixir',
  fsharp: 'F#',
  kotlin: 'Kotlin',
  lua: 'Lua',
  pascal: 'Pascal',
  perl: 'Perl',
  php: 'PHP',
  r: 'R',
  ruby: 'Ruby',
  scala: 'Scala',
  scheme: 'Scheme',
  swift: 'Swift',
  tcl: 'Tcl',
  plaintext: 'Plain text',
}

export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
}

export function editorLanguageOf(path: string, languages: readonly Language[]): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  return byName[name] ?? languageOf(path, languages)?.editorLanguage ?? byEnding[endingOf(path)] ?? 'plaintext'
}

/** The language that would run this file, if any. */
export function languageOf(path: string, languages: readonly Language[]): Language | null {
  const ending = `.${endingOf(path)}`
  return languages.find((language) => language.extensions.includes(ending)) ?? null
}

/** Those that are there or on their way, then those that could be added: each group in its order. */
export const wantedFirst = (languages: readonly Language[]): Language[] => [
  ...languages.filter((language) => language.wanted),
  ...languages.filter((language) => !language.wanted),
]

/** Why it cannot be run, and what the person who hosts can do. */
export const whyMissing = ({ reason, remedy }: Language): string =>
  [reason ?? 'it is not ready', remedy].filter((part) => part !== null).join('. ')

export const languageName = (editorLanguage: string): string => shownNames[editorLanguage] ?? editorLanguage
