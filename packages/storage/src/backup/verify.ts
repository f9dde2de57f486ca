/** Reads a backup from its first byte to its last, and believes nothing: names, order, counts, sums, and every blob that it has keys for. */
import { readFile } from 'node:fs/promises'
import { type Keyring, parseKeyring } from '../blobs/keyring.ts'
import { openBackup } from './backup-file.ts'
import { faultInSealed } from './check-sealed.ts'
import { type BackupEnd, entryKind, type Manifest, mostJsonBytes, parseEnd } from './manifest.ts'
import { BackupRefusal } from './refusal.ts'

export type VerifiedBackup = {
  readonly manifest: Manifest
  readonly end: BackupEnd
  /** Names of blobs that are in it and are not what their names promise. */
  readonly damagedBlobs: readonly string[]
  /** False: there were no keys to look into blobs with. */
  readonly blobsRead: boolean
}

export type VerifyOptions = {
  readonly file: string
  /** Of a backup that was made without keys: the file they are in. */
  readonly keyFile?: string | undefined
  readonly signal: AbortSignal
  readonly onProgress?: (readBytes: number) => void
}

/** The most that one file beside the tables can be. */
const mostSmallFileBytes = 1024 * 1024

/** @throws BackupRefusal when it is not, byte for byte, what was written */
export async function verifyBackup({ file, keyFile, signal, onProgress = () => {} }: VerifyOptions): Promise<VerifiedBackup> {
  const { manifest, entries, close } = await openBackup(file)
  try {
    let keyring = keyFile === undefined ? null : await readKeys(keyFile)
    const counts = { blobs: 0, blobBytes: 0, tableBytes: 0 }
    const damagedBlobs: string[] = []
    for (let entry = await entries.next(); entry !== null; entry = await entries.next()) {
      signal.throwIfAborted()
      const what = entryKind(entry.name)
      switch (what.kind) {
        case 'end': {
          const { sumBefore } = entries
          const end = parseEnd(await entries.whole(entry.sizeBytes, mostJsonBytes))
          if (
            end.sha256 !== sumBefore ||
            (['blobs', 'blobBytes', 'tableBytes'] as const).some((each) => end[each] !== counts[each])
          )
            throw new BackupRefusal('damaged', `${file} is not what was written: its sum does not match.`)
          if ((await entries.next()) !== null)
            throw new BackupRefusal('damaged', `${file} is not what was written: something follows its end.`)
          return { manifest, end, damagedBlobs, blobsRead: keyring !== null }
        }
        case 'key':
        case 'host': {
          const bytes = await entries.whole(entry.sizeBytes, mostSmallFileBytes)
          if (what.kind === 'key' && what.file === blobKeys) keyring ??= keysIn(bytes)
          break
        }
        case 'table':
          if (!manifest.tables.some(({ name }) => name === what.table))
            throw new BackupRefusal(
              'damaged',
              `${file} is no backup to be trusted: it holds a table ${what.table} that it does not list.`,
            )
          counts.tableBytes += entry.sizeBytes
          await readThrough(entries.bytes())
          break
        case 'blob':
          counts.blobs += 1
          counts.blobBytes += entry.sizeBytes
          if (!(await isWhole(keyring, what.sha256, entries.bytes()))) damagedBlobs.push(what.sha256)
      }
      onProgress(entries.readBytes)
    }
    throw new BackupRefusal('damaged', `${file} is not a whole backup: its end is missing.`)
  } finally {
    close()
  }
}

function keysIn(bytes: Buffer): Keyring {
  try {
    return parseKeyring(blobKeys, bytes.toString())
  } catch (cause) {
    throw new BackupRefusal('damaged', 'The keys in this backup cannot be read: it is not what was written.', { cause })
  }
}

export const blobKeys = 'blobs.json'

async function readKeys(file: string): Promise<Keyring> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new BackupRefusal('no-keys', `The keys in ${file} cannot be read.`, { cause })
  })
  return parseKeyring(file, text)
}

async function isWhole(keyring: Keyring | null, sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  if (keyring !== null) return (await faultInSealed(keyring, sha256, bytes)) === null
  await readThrough(bytes)
  return true
}

async function readThrough(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}
