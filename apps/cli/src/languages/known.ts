/** The languages that this version of Atelier knows, as folders of data beside the command, and the names people give them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, Failure } from '../failure.ts'

export type KnownLanguage = {
  readonly id: string
  readonly name: string
  /** Whether every server has it from the start. */
  readonly comesFirst: boolean
}

export type KnownLanguages = {
  readonly languages: readonly KnownLanguage[]
  /** Languages that Debian 13 cannot bring, by id, and why. */
  readonly absent: Readonly<Record<string, string>>
}

export type NamedLanguages = { readonly ids: readonly string[]; readonly names: readonly string[] }

export const languagesIn = (projectFolder: string): string => join(projectFolder, 'languages')

/** The server checks the manifests; here they are only read for their names. */
export async function readLanguages(folder: string): Promise<KnownLanguages> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Failure(`The folder ${folder} cannot be read: this copy of Atelier is not whole.`, { cause })
  })
  const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const languages = await Promise.all(
    ids.sort().map(async (id): Promise<KnownLanguage> => {
      const manifest = JSON.parse(await readFile(join(folder, id, 'language.json'), 'utf8')) as {
        name: string
        image: { comes?: string }
      }
      return { id, name: manifest.name, comesFirst: manifest.image.comes === 'first' }
    }),
  )
  return { languages, absent: await readAbsent(folder) }
}

export async function readAbsent(folder: string): Promise<Readonly<Record<string, string>>> {
  const json = await readFile(join(folder, 'absent.json'), 'utf8').catch(() => '{}')
  return JSON.parse(json) as Record<string, string>
}

/** `c++` and `C++` are cpp: an id, a name, or the first word of a name. Throws a Failure for what nobody knows. */
export function namesOf({ languages, absent }: KnownLanguages, asked: readonly string[], verb: 'add' | 'remove'): NamedLanguages {
  const found = asked.map((text) => {
    const wanted = text.toLowerCase()
    const language = languages.find(
      ({ id, name }) => id === wanted || name.toLowerCase() === wanted || firstWord(name) === wanted,
    )
    if (language === undefined) throw unknown(text, absent[wanted], languages)
    if (verb === 'remove' && language.comesFirst)
      throw new Failure(`${language.name} is one of the first languages, which every server has: it cannot be removed.`, {
        exitCode: exitCodes.usage,
      })
    return language
  })
  return { ids: found.map((each) => each.id), names: found.map((each) => each.name) }
}

const firstWord = (name: string): string => name.toLowerCase().split(' ')[0] ?? ''

function unknown(text: string, reason: string | undefined, languages: readonly KnownLanguage[]): Failure {
  const rest = `Those that can be added: ${languages
    .filter((each) => !each.comesFirst)
    .map((each) => each.id)
    .join(', ')}.`
  return new Failure(reason === undefined ? `There is no language "${text}". ${rest}` : `${text} cannot be added: ${reason}.`, {
    exitCode: exitCodes.usage,
  })
}
