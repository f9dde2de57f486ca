/**
 * What a backup says of itself: at its beginning what it is of, at its end what it held. Both are read before anything is done with the
 * rest, and nothing in them is believed: names of tables and bounds of partitions become SQL.
 */
import { z } from 'zod'
import { BackupRefusal } from './refusal.ts'

export const formatVersion = 1
export const manifestName = 'manifest.json'
export const endName = 'end.json'
/** Both are small; a manifest grows with the number of tables and partitions. */
export const mostJsonBytes = 4 * 1024 * 1024

const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)
/** As PostgreSQL prints them: literals without quotes or backslashes in them. */
const bound = String.raw`\((?:'[^'\\\x00-\x1f]{0,100}'|MINVALUE|MAXVALUE|\d{1,20}|, )+\)`
const partitionBound = z.string().regex(new RegExp(`^(?:DEFAULT|FOR VALUES FROM ${bound} TO ${bound})$`))

const Manifest = z.object({
  format: z.literal('atelier backup'),
  formatVersion: z.int().positive(),
  /** Which Atelier made it. */
  atelier: z.string().max(40),
  madeAt: z.iso.datetime(),
  /** `database`: without blobs and keys, to go back to on the same data folder. */
  contents: z.enum(['everything', 'database']),
  withKeys: z.boolean(),
  migrations: z.array(z.object({ number: z.int().positive(), name: z.string().max(100), sha256: z.string().length(64) })).min(1),
  tables: z.array(z.object({ name: identifier, columns: z.array(identifier).min(1) })),
  partitions: z.array(z.object({ name: identifier, parent: identifier, bound: partitionBound })),
})
export type Manifest = z.infer<typeof Manifest>

const count = z.int().nonnegative()
const BackupEnd = z.object({
  rows: z.record(identifier, count),
  tableBytes: count,
  sequences: z.array(z.object({ name: identifier, value: z.int().positive(), called: z.boolean() })),
  blobs: count,
  blobBytes: count,
  /** Blobs that rows name and that could not be read. */
  missingBlobs: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(20),
  missingBlobCount: count,
  /** Of everything before this. */
  sha256: z.string().length(64),
})
export type BackupEnd = z.infer<typeof BackupEnd>

export const parseManifest = (bytes: Buffer): Manifest => {
  const json = jsonOf(bytes)
  const version = z.object({ format: z.literal('atelier backup'), formatVersion: z.int() }).safeParse(json)
  if (version.success && version.data.formatVersion > formatVersion)
    throw new BackupRefusal(
      'newer',
      'This backup was made by a newer Atelier, in a form that this one cannot read. Take the newer one.',
    )
  return parsed(Manifest, json)
}

export const parseEnd = (bytes: Buffer): BackupEnd => parsed(BackupEnd, jsonOf(bytes))

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (cause) {
    throw new BackupRefusal('damaged', 'This is not a whole backup: what it says of itself cannot be read.', { cause })
  }
}

function parsed<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  throw new BackupRefusal('damaged', 'This is not a whole backup: what it says of itself is not what a backup says.', {
    cause: result.error,
  })
}

/** The number of the newest migration in it. */
export const schemaOf = ({ migrations }: Manifest): number => Math.max(...migrations.map(({ number }) => number))

export type EntryKind =
  | { readonly kind: 'key'; readonly file: string }
  | { readonly kind: 'host'; readonly file: string }
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'blob'; readonly sha256: string }
  | { readonly kind: 'end' }

/** The names that a backup may hold. Files are only ever written under a name that was taken apart here. */
export function entryKind(name: string): EntryKind {
  if (name === endName) return { kind: 'end' }
  const [, folder = '', file = '', part] = /^(keys|host|tables|blobs)\/([a-z0-9_-]{1,64}(?:\.json)?)(\/\d{6})?$/.exec(name) ?? []
  if (folder === 'keys' && part === undefined) return { kind: 'key', file }
  if (folder === 'host' && part === undefined && file === hostFile) return { kind: 'host', file }
  if (folder === 'tables' && part !== undefined && !file.endsWith('.json')) return { kind: 'table', table: file }
  if (folder === 'blobs' && part === undefined && /^[0-9a-f]{64}$/.test(file)) return { kind: 'blob', sha256: file }
  throw new BackupRefusal(
    'damaged',
    `This is no backup to be trusted: it holds ${JSON.stringify(name.slice(0, 100))}. Nothing was taken from it.`,
  )
}

/** What the person who hosts wished for, beside the keys. */
export const hostFile = 'languages.json'
