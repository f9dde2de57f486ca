/**
 * Searching the files of a project, and replacing what was found.
 *
 * `POST /api/v1/projects/{id}/search` answers with lines of JSON, each a `SearchEvent`, while it looks: `found` for each file that has
 * matches, `progress` now and then, and `end` as the last one. A replacement names the matches that it means by their place in that
 * list and by the version of the file that they were found in; what it did can be undone with what it answers.
 */
import { z } from 'zod'

export const searchLimits = {
  /** Characters of what is looked for. */
  patternLength: 1000,
  /** Characters of what is put in its place. */
  replacementLength: 10_000,
  /** Globs to include, and as many to exclude. */
  globs: 50,
  globLength: 250,
  /** Matches that are told; then the search ends and says so. */
  matches: 10_000,
  /** Characters that are told of a line, and of what a match would become. */
  previewLength: 250,
  /** The whole search. */
  seconds: 120,
  /** Matching in one file, or in a handful of small ones: processor time. */
  fileSeconds: 10,
  /** Searches of one person that run; another one waits a while, then it is refused. */
  atOncePerUser: 1,
  /** Ignore files that are read, and bytes of each. */
  ignoreFiles: 100,
  ignoreFileBytes: 64 * 1024,
} as const

const Glob = z.string().max(searchLimits.globLength)
const queryFields = {
  pattern: z.string().min(1).max(searchLimits.patternLength).describe('A text, or a regular expression in the syntax of RE2'),
  regex: z.boolean().default(false),
  matchCase: z.boolean().default(false),
  wholeWord: z.boolean().default(false).describe('Nothing that a word goes on before or after'),
}

/** What makes a match a match. */
export const SearchPattern = z.strictObject(queryFields)
export type SearchPattern = z.infer<typeof SearchPattern>

export const SearchReplacement = z.strictObject({
  text: z
    .string()
    .max(searchLimits.replacementLength)
    .describe(
      'Of a regular expression: $1 … $99 and $<name> are groups, $& is the match, $$ a dollar, \\n and \\t as in programs',
    ),
  preserveCase: z.boolean().default(false).describe('ALL CAPITALS, Capitalised or small, as the match is'),
})
export type SearchReplacement = z.infer<typeof SearchReplacement>

export const SearchRequest = z
  .strictObject({
    ...queryFields,
    include: z
      .array(Glob)
      .max(searchLimits.globs)
      .default([])
      .describe('Globs; none: all files. One without "/" is a name at any depth'),
    exclude: z.array(Glob).max(searchLimits.globs).default([]),
    useIgnoreFiles: z.boolean().default(true).describe('Leaves out what the .gitignore files of the project name'),
    replacement: SearchReplacement.optional().describe('To see what each match would become; nothing is changed'),
  })
  .meta({ id: 'SearchRequest' })
export type SearchRequest = z.infer<typeof SearchRequest>

/** Lines and columns count from 1, columns in UTF-16 units, as editors do. */
export const SearchMatch = z
  .object({
    line: z.int(),
    column: z.int(),
    endLine: z.int(),
    endColumn: z.int().describe('After the last character'),
    text: z.string().describe('The line, or of a long one what is around the match'),
    from: z.int().describe('The match begins here in `text`'),
    to: z.int().describe('and ends here'),
    replacement: z.string().optional().describe('What the match would become, or the beginning of it'),
  })
  .meta({ id: 'SearchMatch' })
export type SearchMatch = z.infer<typeof SearchMatch>

const CutReason = z.enum(['matches', 'time'])

export const SearchEvent = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('found'),
      path: z.string(),
      version: z.int(),
      matches: z.array(SearchMatch),
      cut: CutReason.nullable().describe('The file has more matches than these'),
    }),
    z.object({ type: z.literal('progress'), files: z.int().describe('Looked through by now'), of: z.int() }),
    z.object({
      type: z.literal('end'),
      files: z.int().describe('Looked through'),
      matches: z.int(),
      inFiles: z.int(),
      skipped: z.object({
        notText: z.int().describe('Binary, or not in UTF-8'),
        ignored: z.int().describe('Named by a .gitignore'),
        tookTooLong: z.int(),
        unreadable: z.int().describe('Gone since, or damaged on the disk'),
      }),
      cut: CutReason.nullable().describe('The search ended before it had seen everything, for this reason'),
    }),
    z.object({ type: z.literal('failed'), code: z.string(), detail: z.string() }),
  ])
  .meta({ id: 'SearchEvent' })
export type SearchEvent = z.infer<typeof SearchEvent>
export type SearchCut = z.infer<typeof CutReason>

/** The matches of a file, counted from 0 in the order in which a search tells them; `all`: of the whole file. */
export const ReplaceFile = z.strictObject({
  path: z.string(),
  version: z.int().min(1),
  matches: z.union([z.literal('all'), z.array(z.int().min(0)).min(1).max(searchLimits.matches)]),
})
export type ReplaceFile = z.infer<typeof ReplaceFile>

export const ReplaceRequest = z
  .strictObject({
    ...queryFields,
    replacement: SearchReplacement,
    files: z.array(ReplaceFile).min(1).max(searchLimits.matches),
  })
  .meta({ id: 'ReplaceRequest' })
export type ReplaceRequest = z.infer<typeof ReplaceRequest>

/** One file that was changed: from which version to which. Enough to take it back. */
export const ReplacedFile = z.strictObject({ path: z.string(), before: z.int().min(1), after: z.int().min(1) })
export type ReplacedFile = z.infer<typeof ReplacedFile>

export const NotReplaced = z.object({ path: z.string(), code: z.string(), detail: z.string() })
export type NotReplaced = z.infer<typeof NotReplaced>

export const Replaced = z
  .object({
    replacements: z.int(),
    files: z.array(ReplacedFile).describe('Send them to `…/replacements/undo` to take it all back'),
    failed: z.array(NotReplaced).describe('Files that are as they were, and why'),
  })
  .meta({ id: 'Replaced' })
export type Replaced = z.infer<typeof Replaced>

export const ReplaceUndo = z
  .strictObject({ files: z.array(ReplacedFile).min(1).max(searchLimits.matches) })
  .meta({ id: 'ReplaceUndo' })
export type ReplaceUndo = z.infer<typeof ReplaceUndo>

export const ReplaceUndone = z
  .object({ restored: z.array(z.string()), failed: z.array(NotReplaced).describe('Changed since, or gone') })
  .meta({ id: 'ReplaceUndone' })
export type ReplaceUndone = z.infer<typeof ReplaceUndone>
