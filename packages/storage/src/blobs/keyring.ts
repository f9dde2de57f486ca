/**
 * The keys that blobs are sealed with: a small file that only the server may read. New blobs take the current key; older
 * ones name theirs in their header, so a key can be replaced without touching what lies there.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** `id`: 16 hexadecimal digits. `key`: 32 bytes. */
export type MasterKey = { readonly id: string; readonly key: Buffer }

export type Keyring = { readonly current: MasterKey; find(id: string): MasterKey | undefined }

/** The keyring cannot be used; the message is for the person who hosts. */
export class KeyringRefusal extends Error {
  override readonly name = 'KeyringRefusal'
}

type KeyFile = { readonly current: string; readonly keys: Readonly<Record<string, string>> }

/**
 * Opens the keyring; makes one with a fresh key where there is none. `mustExist`: there are blobs already, so a new key
 * would only hide that the old one is lost.
 */
export async function openKeyring(file: string, mustExist: boolean): Promise<Keyring> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new KeyringRefusal(`The blob keys in ${file} cannot be read. Make the file readable for the server.`, { cause: error })
  })
  if (text !== undefined) return parseKeyring(file, text)
  if (mustExist)
    throw new KeyringRefusal(
      `There are blobs, but their keys in ${file} are gone, and without them no large file can be read. Restore that file from a backup.`,
    )
  await create(file)
  return parseKeyring(file, await readFile(file, 'utf8'))
}

/** @throws KeyringRefusal */
export function parseKeyring(file: string, text: string): Keyring {
  const keys = new Map<string, MasterKey>()
  let current: MasterKey | undefined
  try {
    const content = JSON.parse(text) as KeyFile
    for (const [id, encoded] of Object.entries(content.keys)) {
      const key = Buffer.from(encoded, 'base64')
      if (!/^[0-9a-f]{16}$/.test(id) || key.length !== 32) throw new Error(`the key "${id}" has not the form of one`)
      keys.set(id, { id, key })
    }
    current = keys.get(content.current)
    if (current === undefined) throw new Error('the current key is not among the keys')
  } catch (cause) {
    throw new KeyringRefusal(`The blob keys in ${file} are damaged. Restore that file from a backup.`, { cause })
  }
  return { current, find: (id) => keys.get(id) }
}

/** Whole or not at all, and never over a keyring that is there. */
async function create(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const id = randomBytes(8).toString('hex')
  const content: KeyFile = { current: id, keys: { [id]: randomBytes(32).toString('base64') } }
  const temporary = `${file}.${randomUUID()}`
  try {
    await using handle = await open(temporary, 'wx', 0o600)
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`)
    await handle.sync()
    await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  await using folder = await open(dirname(file), 'r')
  await folder.sync()
}
