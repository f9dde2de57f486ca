/** Which file Run starts: the one that is open if it can be run, else the one chosen, else the project's usual one. */
import type { IsolationLevel } from '@atelier/protocol/executions'
import type { Language } from '@atelier/protocol/languages'
import type { Entries } from '../files/tree.ts'
import { languageOf } from '../languages/editor-languages.ts'

/** What Run starts and with which arguments; remembered per project. */
export type RunChoice = {
  /** The file that the person chose in the menu of the Run button; null follows the editor. */
  readonly pinned: string | null
  readonly args: string
  /** What was run last. */
  readonly last: string | null
  /** The wall to run behind; null: the server's usual one. */
  readonly isolation: IsolationLevel | null
}

export type RunTarget = { readonly path: string; readonly language: Language }

export function runTargetOf(
  entries: Entries,
  languages: readonly Language[],
  active: string | null,
  { pinned, last }: Pick<RunChoice, 'pinned' | 'last'>,
): RunTarget | null {
  const asTarget = (path: string | null): RunTarget | null => {
    if (path === null || entries.get(path)?.kind !== 'file') return null
    const language = languageOf(path, languages)
    return language === null ? null : { path, language }
  }
  return asTarget(pinned) ?? asTarget(active) ?? asTarget(last) ?? asTarget(usualEntryPoint(entries, languages))
}

/** The usual name of a language ("main.py") at the top of the project, or the first file that can be run. */
function usualEntryPoint(entries: Entries, languages: readonly Language[]): string | null {
  const usual = languages.find((language) => entries.get(language.entryPoint)?.kind === 'file')
  if (usual !== undefined) return usual.entryPoint
  return runnableFiles(entries, languages)[0] ?? null
}

export const runnableFiles = (entries: Entries, languages: readonly Language[]): readonly string[] =>
  [...entries.values()]
    .filter((entry) => entry.kind === 'file' && languageOf(entry.path, languages) !== null)
    .map((entry) => entry.path)
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
