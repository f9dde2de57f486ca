/** What a box says in result.json. Its program may have been the attacker's: every text, number and list has a bound. */
import { isPath } from '@atelier/protocol/files'
import { gitLimits } from '@atelier/protocol/git'
import { z } from 'zod'

const Commit = z.string().regex(/^[0-9a-f]{40}$/)
const anyPath = z.string().max(20_000)
const count = z.int().nonnegative()

export const Failure = z.object({ error: z.string().max(50), said: z.string().max(5000) })
export type Failure = z.infer<typeof Failure>

const Refs = z.record(z.string().max(1000), Commit).refine((refs) => Object.keys(refs).length <= gitLimits.refs, 'are too many')
const Changes = z
  .array(z.tuple([anyPath, z.enum(['A', 'M', 'D']), count.nullable(), count.nullable()]))
  .max(gitLimits.changesListed)
const LoggedCommit = z.object({
  id: Commit,
  parents: z.array(Commit).max(1000),
  name: z.string().max(200),
  email: z.string().max(200),
  at: count.max(2 ** 33),
  message: z.string().max(gitLimits.messageLength),
})
export type LoggedCommit = z.infer<typeof LoggedCommit>

const Files = z.array(z.tuple([z.string().refine(isPath), count])).max(20_000)
const LeftOut = z.array(z.tuple([anyPath, z.string().max(200)])).max(200)
const MadePack = { pack: z.boolean().default(false), replaces: z.boolean().default(false) }

export const Nothing = z.object({})
export const Imported = z.object({ refs: Refs, head: z.string(), files: Files, leftOut: LeftOut, ...MadePack })
export const Status = z.object({ changes: Changes, areAll: z.boolean(), leftOut: z.array(anyPath).max(200) })
export const Committed = z.object({ commit: LoggedCommit, refs: Refs, ...MadePack })
export const Logged = z.object({ commits: z.array(LoggedCommit).max(200) })
export const Shown = z.object({ commit: LoggedCommit, changes: Changes, areAll: z.boolean() })
export const Contents = z.object({ files: z.array(z.tuple([z.string(), count])).length(1) })
export const Switched = z.object({ files: Files, deleted: z.array(z.string().refine(isPath)).max(20_000), leftOut: LeftOut })
export const Pulled = z.object({
  ...{ upToDate: z.boolean(), commit: Commit, files: Files.default([]), leftOut: LeftOut.default([]) },
  ...{ deleted: z.array(z.string().refine(isPath)).max(20_000).default([]), ...MadePack },
})
export const Pushed = z.object({ upToDate: z.boolean() })

/** The contents that stand one after another in `bytes`. null: they are not as long as was said. */
export function cutFiles(
  files: readonly (readonly [string, number])[],
  bytes: Buffer,
): { readonly path: string; readonly content: Buffer }[] | null {
  let at = 0
  const cut = files.map(([path, size]) => {
    const content = bytes.subarray(at, at + size)
    at += size
    return { path, content }
  })
  return at === bytes.length ? cut : null
}
