/** The wishes for languages in a data folder: `languages.json`, replaced whole, so that the server sees the old one or the new one. */
import { randomUUID } from 'node:crypto'
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LanguageWishes, languageWishesFile } from '@atelier/protocol/languages'
import { Failure } from '../failure.ts'

/** Writes even when nothing changes: after a failure the server then tries again. Throws a Failure that says what to do. */
export async function changeWishes(dataFolder: string, change: (wished: readonly string[]) => string[]): Promise<void> {
  const folder = await stat(dataFolder).catch(() => null)
  if (folder === null)
    throw new Failure(
      `There is no data folder ${dataFolder} yet. Start the server once with "npm start", or name its folder in ATELIER_DATA.`,
    )
  const file = join(dataFolder, languageWishesFile)
  const temporary = `${file}.${randomUUID()}`
  try {
    const wishes: LanguageWishes = { languages: change(await readWishes(file)) }
    await writeFile(temporary, `${JSON.stringify(wishes, null, 2)}\n`, { mode: 0o644 })
    // Written by root for a server that runs as somebody else, it still is that server's.
    if (process.geteuid?.() === 0) await chown(temporary, folder.uid, folder.gid)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    if (error instanceof Failure) throw error
    throw new Failure(`${file} cannot be written (${codeOf(error)}). Run this as the user who runs the server.`, { cause: error })
  }
}

async function readWishes(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '{"languages": []}'
    throw error
  })
  const parsed = LanguageWishes.safeParse(parseJson(text))
  if (!parsed.success) throw new Failure(`${file} is not what Atelier writes there. Correct it or remove it.`)
  return parsed.data.languages
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : String(error)
