/** The session token of each server, in a file that only its owner may read. */
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export const tokenFileOf = (environment: Readonly<Record<string, string | undefined>>): string => {
  const configured = environment.XDG_CONFIG_HOME
  const base = configured?.startsWith('/') ? configured : join(environment.HOME || homedir(), '.config')
  return join(base, 'atelier', 'sessions.json')
}

/** By server address. A file that is missing or broken holds no tokens. */
async function readTokens(file: string): Promise<Record<string, string>> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof json !== 'object' || json === null) return {}
    return Object.fromEntries(Object.entries(json).filter(([, token]) => typeof token === 'string'))
  } catch {
    return {}
  }
}

export async function findToken(file: string, server: URL): Promise<string | null> {
  const tokens = await readTokens(file)
  return Object.hasOwn(tokens, server.href) ? (tokens[server.href] ?? null) : null
}

/** Replaces the file whole: whoever reads it sees the old one or the new one. */
export async function keepToken(file: string, server: URL, token: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const tokens = { ...(await readTokens(file)), [server.href]: token }
  const temporary = `${file}.${randomUUID()}`
  try {
    await writeFile(temporary, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 })
    await chmod(temporary, 0o600)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
