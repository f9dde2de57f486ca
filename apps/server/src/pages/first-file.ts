/** Which file a project opens with. */
import type { FileEntry } from '@atelier/protocol/files'
import type { Language } from '@atelier/protocol/languages'

/** The one that was asked for; else the usual entry point of a language; else a README; else the first file at the top. */
export function firstFile(entries: readonly FileEntry[], languages: readonly Language[], asked: string | null): FileEntry | null {
  const files = entries.filter((entry) => entry.kind === 'file')
  const named = (name: string): FileEntry | undefined => files.find(({ path }) => path.toLowerCase() === name)
  const usual = languages
    .map((language) => files.find(({ path }) => path === language.entryPoint))
    .find((file) => file !== undefined)
  return (
    files.find(({ path }) => path === asked) ??
    usual ??
    named('readme.md') ??
    files.find(({ path }) => !path.includes('/')) ??
    files[0] ??
    null
  )
}
