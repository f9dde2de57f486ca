/** From what was asked to what will run: the files, the language, the entry point. Refuses what does not fit together. */
import { Refusal } from '@atelier/protocol/errors'
import {
  checkInlinePaths,
  type ExecutionFile,
  type ExecutionRequest,
  executionBounds,
  inlineFileLimit,
} from '@atelier/protocol/executions'
import { checkPath } from '@atelier/protocol/files'
import type { Language } from '@atelier/protocol/languages'
import type { SandboxFile } from '@atelier/sandbox/sandbox'

/** Decodes inline files. Refuses bad paths, doubled names, broken base64, and more than the bounds. */
export function decodeFiles(files: readonly ExecutionFile[]): SandboxFile[] {
  const clash = checkInlinePaths(files.map((file) => file.path))
  if (clash !== null) throw new Refusal('invalid-path', `The files clash: ${clash}. Give each file a name of its own.`)
  let total = 0
  return files.map((file, index) => {
    if (file.encoding === 'base64' && !isBase64(file.content))
      throw new Refusal('invalid-request', `The content of "${file.path}" is not base64.`, {
        errors: [{ pointer: `/files/${index}/content`, detail: 'is not base64' }],
      })
    const content = Buffer.from(file.content, file.encoding === 'base64' ? 'base64' : 'utf8')
    total += content.length
    if (content.length > inlineFileLimit || total > executionBounds.inlineBytes)
      throw new Refusal(
        'too-large',
        `The files are larger than ${executionBounds.inlineBytes / 1024 / 1024} MB together. Put them in a project, or send less.`,
      )
    return { path: file.path, content }
  })
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

export type Choice = { readonly language: Language; readonly entryPoint: string }

/** Which file to start, in which language. `paths` are the files that exist. */
export function chooseEntryPoint(
  request: Pick<ExecutionRequest, 'language' | 'entryPoint'>,
  paths: readonly string[],
  languages: readonly Language[],
): Choice {
  const named = request.language === undefined ? undefined : languages.find((language) => language.id === request.language)
  if (request.language !== undefined && named === undefined)
    throw new Refusal(
      'unknown-language',
      `There is no language "${request.language}". This server knows ${languages.map((each) => each.id).join(', ')}.`,
      {
        errors: [{ pointer: '/language', detail: 'is not known' }],
      },
    )
  if (request.entryPoint !== undefined) {
    const entryPoint = checkPath(request.entryPoint)
    if (!paths.includes(entryPoint)) throw missing(`The entry point "${entryPoint}" is not among the files`, paths)
    const language = named ?? languageOf(entryPoint, languages)
    if (language === undefined)
      throw new Refusal('unknown-language', `No language here runs files like "${entryPoint}". Say which one with "language".`)
    return { language, entryPoint }
  }
  return named === undefined ? guess(paths, languages) : { language: named, entryPoint: usualEntryPoint(named, paths) }
}

function guess(paths: readonly string[], languages: readonly Language[]): Choice {
  for (const language of languages) if (paths.includes(language.entryPoint)) return { language, entryPoint: language.entryPoint }
  const runnable = paths.flatMap((path) => {
    const language = languageOf(path, languages)
    return language === undefined ? [] : [{ language, entryPoint: path }]
  })
  const only = runnable[0]
  if (only !== undefined && runnable.length === 1) return only
  throw missing(runnable.length === 0 ? 'None of the files can be run' : 'It is not clear which file to run', paths)
}

function usualEntryPoint(language: Language, paths: readonly string[]): string {
  if (paths.includes(language.entryPoint)) return language.entryPoint
  const candidates = paths.filter((path) => language.extensions.some((extension) => path.endsWith(extension)))
  const only = candidates[0]
  if (only !== undefined && candidates.length === 1) return only
  throw missing(`There is no "${language.entryPoint}", and ${candidates.length} files could be meant`, paths)
}

const languageOf = (path: string, languages: readonly Language[]): Language | undefined =>
  languages.find((language) => language.extensions.some((extension) => path.endsWith(extension)))

function missing(what: string, paths: readonly string[]): Refusal {
  const shown = paths.slice(0, 10).map((path) => `"${path}"`)
  const list = paths.length === 0 ? 'There are no files.' : `There is ${shown.join(', ')}${paths.length > 10 ? ' and more' : ''}.`
  return new Refusal('entry-point-missing', `${what}. ${list} Say which one to start with "entryPoint".`, {
    errors: [{ pointer: '/entryPoint', detail: 'is not among the files' }],
  })
}
