/**
 * Which languages the person who hosts wants beside the first: DATA/languages.json, which `atelier languages add` writes.
 * Who may write into the data folder is that person; nobody comes this way from the web.
 */
import { unwatchFile, watchFile } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import { LanguageWishes, languageWishesFile } from '@atelier/protocol/languages'

const mostBytes = 64 * 1024
const lookMs = 500

export type WishesOptions = { readonly dataFolder: string; readonly log: Log }

/** Without the file nothing is wished; one that cannot be used is null, and logged. */
export async function readLanguageWishes({ dataFolder, log }: WishesOptions): Promise<readonly string[] | null> {
  const file = join(dataFolder, languageWishesFile)
  try {
    await using handle = await open(file)
    const bytes = Buffer.alloc(mostBytes)
    const { bytesRead } = await handle.read(bytes)
    return LanguageWishes.parse(JSON.parse(bytes.toString('utf8', 0, bytesRead))).languages
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    log.warn('language wishes cannot be read', { file, error })
    return null
  }
}

/** Calls back with the wishes after every change of the file; returns what stops it. */
export function followLanguageWishes(options: WishesOptions, onChange: (languages: readonly string[]) => void): () => void {
  const file = join(options.dataFolder, languageWishesFile)
  const look = (): void => {
    void readLanguageWishes(options).then((languages) => {
      if (languages !== null) onChange(languages)
    })
  }
  watchFile(file, { interval: lookMs, persistent: false }, look)
  return () => unwatchFile(file, look)
}
