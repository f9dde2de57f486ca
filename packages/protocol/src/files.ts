/** Files and folders of a project. Paths are relative, with `/` between names, in Unicode normal form C. */
import { z } from 'zod'
import { Refusal } from './errors.ts'

export const fileLimits = {
  /** Longest path, in UTF-16 units. */
  pathLength: 255,
  /** Longest single name, in UTF-8 bytes, as Linux has it. */
  nameBytes: 255,
  /** Deepest nesting of folders. */
  depth: 20,
  /** Largest single file, bytes. */
  fileBytes: 32 * 1024 * 1024,
  /** Files and folders of one project. */
  filesPerProject: 10_000,
  /** All files of one project together, bytes. */
  projectBytes: 500 * 1024 * 1024,
} as const

/**
 * Checks a path and returns it unchanged. Refuses (`invalid-path`) what could leave the project, hide, or mean two things:
 * absolute paths, empty names, `.` and `..`, backslashes, control characters, lone surrogates, direction overrides, text that is not in normal
 * form C, names that start with a dash (a program would take them for an option) or end in a space or dot, too long or too deep paths.
 */
export function checkPath(path: string): string {
  const refuse = (why: string, next: string): never => {
    throw new Refusal('invalid-path', `${why}. ${next}`, { errors: [{ pointer: '/path', detail: why }] })
  }
  if (path === '') refuse('the path is empty', 'Give a name such as "main.py".')
  if (path.length > fileLimits.pathLength)
    refuse(`the path has ${path.length} characters; at most ${fileLimits.pathLength} are allowed`, 'Choose shorter names.')
  if (!path.isWellFormed()) refuse('the path is not well-formed Unicode', 'Remove the broken characters.')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(path)) refuse('the path contains a control character', 'Remove it.')
  if (/[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/.test(path))
    refuse('the path contains an invisible or direction-changing character', 'Remove it.')
  if (path.includes('\\')) refuse('the path contains a backslash', 'Put "/" between folder and file.')
  if (path !== path.normalize('NFC')) refuse('the path is not in Unicode normal form C', 'Normalise it (NFC) first.')
  if (path.startsWith('/')) refuse('the path is absolute', 'Paths start at the project, without a leading "/".')
  const names = path.split('/')
  if (names.length > fileLimits.depth)
    refuse(`the path is ${names.length} levels deep; at most ${fileLimits.depth} are allowed`, 'Use fewer folders.')
  for (const name of names) {
    if (name === '') refuse('the path contains an empty name', 'Remove the doubled or trailing "/".')
    if (name === '.' || name === '..') refuse(`the path contains "${name}"`, 'Name the file from the top of the project.')
    if (name.startsWith('-'))
      refuse('a name starts with a dash', 'Programs would take it for an option: start it with another character.')
    if (/[ .]$/.test(name) || name.startsWith(' '))
      refuse('a name starts with a space, or ends with a space or a dot', 'Remove it.')
    if (name.length * mostBytesPerUnit > fileLimits.nameBytes && utf8Length(name) > fileLimits.nameBytes)
      refuse(`a name is longer than ${fileLimits.nameBytes} bytes`, 'Choose a shorter one.')
  }
  return path
}

export const isPath = (path: string): boolean => {
  try {
    checkPath(path)
    return true
  } catch {
    return false
  }
}

export const FileEntry = z
  .object({
    path: z.string(),
    kind: z.enum(['file', 'folder']),
    sizeBytes: z.int().describe('0 for a folder'),
    version: z.int().describe('Counts the saves of this file, from 1; the ETag is this number in quotes. 0 for a folder'),
    sha256: z.string().nullable().describe('Of the plain bytes, lower-case hexadecimal; null for a folder'),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'FileEntry' })
export type FileEntry = z.infer<typeof FileEntry>

/** The whole tree, sorted by path. */
export const FileTree = z.object({ items: z.array(FileEntry) }).meta({ id: 'FileTree' })
export type FileTree = z.infer<typeof FileTree>

export const FolderCreation = z.strictObject({ path: z.string() }).meta({ id: 'FolderCreation' })
export type FolderCreation = z.infer<typeof FolderCreation>

/** Moves a file, or a folder with all that is in it. */
export const FileMove = z
  .strictObject({ from: z.string(), to: z.string().describe('The whole new path; folders on the way are made') })
  .meta({ id: 'FileMove' })
export type FileMove = z.infer<typeof FileMove>

/** What became of an uploaded zip file. */
export const ArchiveImported = z
  .object({
    files: z.int().describe('Files that were written'),
    folders: z.int().describe('Empty folders that were made'),
    kept: z.array(z.string()).describe('With `conflicts=keep`: files of the archive that were left out, because they exist'),
  })
  .meta({ id: 'ArchiveImported' })
export type ArchiveImported = z.infer<typeof ArchiveImported>

/** `If-Match: "3"` → 3; `*` → '*'. Refuses anything else. */
export function parseIfMatch(header: string | undefined): number | '*' | null {
  if (header === undefined) return null
  if (header.trim() === '*') return '*'
  const match = /^\s*(?:W\/)?"?(\d{1,15})"?\s*$/.exec(header)
  if (match?.[1] === undefined)
    throw new Refusal('invalid-request', 'If-Match is not a version. Send the ETag that you got with the file, for example "3".')
  return Number(match[1])
}

export const etagOf = (version: number): string => `"${version}"`

/** In UTF-8, of a UTF-16 unit. */
const mostBytesPerUnit = 3

/** Bytes of well-formed text in UTF-8. */
function utf8Length(text: string): number {
  return encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, '.').length
}
