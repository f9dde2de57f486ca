/**
 * The files that go with a program: the one that was named, or a whole folder, and what `--with` adds.
 *
 * Names are kept as the program will look for them: relative to the folder of the file that is run. What lies outside of it stands at the top.
 */
import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { Refusal } from '@atelier/protocol/errors'
import { executionBounds } from '@atelier/protocol/executions'
import { checkPath } from '@atelier/protocol/files'
import { Failure } from '../failure.ts'

export type SourceFile = { readonly path: string; readonly content: Uint8Array }

/** `entryPoint` undefined: the server chooses, as it does for a project. */
export type Sources = { readonly files: readonly SourceFile[]; readonly entryPoint: string | undefined }

/** Folders that are never sent: history, installed packages, caches, our own data. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv', '.atelier'])

export async function readSources(folder: string, program: string, companions: readonly string[]): Promise<Sources> {
  const collection = new Collection()
  const place = resolve(folder, program)
  const isFolder = (await statOf(place, program)).isDirectory()
  const top = isFolder ? place : dirname(place)
  if (isFolder) await collection.addFolder(place, '')
  else await collection.addFile(place, basename(place))
  for (const companion of companions) {
    const from = resolve(folder, companion)
    const to = nameUnder(top, from)
    if ((await statOf(from, companion)).isDirectory()) await collection.addFolder(from, to)
    else await collection.addFile(from, to)
  }
  if (collection.files.length === 0) throw new Failure(`There are no files in "${program}".`)
  return { files: collection.files, entryPoint: isFolder ? undefined : collection.files[0]?.path }
}

/** The program itself came through standard input. */
export async function withProgram(folder: string, program: SourceFile, companions: readonly string[]): Promise<Sources> {
  const collection = new Collection()
  collection.add(program.path, program.content)
  for (const companion of companions) {
    const from = resolve(folder, companion)
    if ((await statOf(from, companion)).isDirectory()) await collection.addFolder(from, nameUnder(resolve(folder), from))
    else await collection.addFile(from, nameUnder(resolve(folder), from))
  }
  return { files: collection.files, entryPoint: program.path }
}

function nameUnder(top: string, place: string): string {
  const name = relative(top, place)
  return name.startsWith('..') || isAbsolute(name) ? basename(place) : name
}

class Collection {
  readonly #files = new Map<string, Uint8Array>()
  #bytes = 0

  get files(): readonly SourceFile[] {
    return [...this.#files].map(([path, content]) => ({ path, content }))
  }

  add(name: string, content: Uint8Array): void {
    const path = pathOf(name)
    if (this.#files.has(path)) return
    if (this.#files.size === executionBounds.files)
      throw new Failure(
        `There are more than ${executionBounds.files} files. Give the ones that are needed with --with, or make a project of them.`,
      )
    this.#bytes += content.length
    if (this.#bytes > executionBounds.inlineBytes) throw tooLarge()
    this.#files.set(path, content)
  }

  async addFile(place: string, name: string): Promise<void> {
    this.add(name, await readBounded(place, executionBounds.inlineBytes - this.#bytes))
  }

  /** Links to files are followed, links to folders are not: they may lead in circles. */
  async addFolder(place: string, name: string): Promise<void> {
    const entries = await readdir(place, { withFileTypes: true }).catch((cause) => {
      throw unreadable(place, cause)
    })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const [from, to] = [join(place, entry.name), name === '' ? entry.name : `${name}/${entry.name}`]
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) await this.addFolder(from, to)
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(from)))) await this.addFile(from, to)
    }
  }
}

const isFile = async (place: string): Promise<boolean> => (await stat(place).catch(() => null))?.isFile() ?? false

function pathOf(name: string): string {
  const path = name.normalize('NFC')
  try {
    return checkPath(path)
  } catch (error) {
    if (error instanceof Refusal) throw new Failure(`The file "${path}" cannot be sent: ${error.message}`)
    throw error
  }
}

async function statOf(place: string, shown: string) {
  try {
    return await stat(place)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new Failure(`There is no file "${shown}".`, { cause })
    throw unreadable(shown, cause)
  }
}

/** Reads pipes too, and stops as soon as it is too much. */
async function readBounded(place: string, limit: number): Promise<Uint8Array> {
  try {
    await using file = await open(place)
    const parts: Buffer[] = []
    let size = 0
    for await (const part of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      size += part.length
      if (size > limit) throw tooLarge()
      parts.push(part)
    }
    return Buffer.concat(parts)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw unreadable(place, cause)
  }
}

const unreadable = (place: string, cause: unknown): Failure =>
  new Failure(`"${place}" cannot be read: ${cause instanceof Error ? cause.message : cause}.`, { cause })

const tooLarge = (): Failure =>
  new Failure(
    `The files are larger than ${executionBounds.inlineBytes / 1024 / 1024} MB together, which is the most that can be sent along. Leave some out, or make a project of them.`,
  )
