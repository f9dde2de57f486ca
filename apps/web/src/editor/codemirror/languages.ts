/** A file's colours by its name; each language is a chunk that comes when it is used. */
import { LanguageDescription } from '@codemirror/language'
import { languages } from '@codemirror/language-data'
import type { Extension } from '@codemirror/state'
import { nameOf } from '../../files/tree.ts'

export async function languageFor(path: string): Promise<Extension> {
  const found = LanguageDescription.matchFilename(languages, nameOf(path))
  try {
    return (await found?.load()) ?? []
  } catch {
    // Without the network there are no colours; the text can be edited all the same.
    return []
  }
}
