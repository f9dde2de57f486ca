/**
 * Channel `project:<id>` of the tab's socket: what changes in a project's tree, and who is in it.
 *
 * `since` means nothing here. Who opens the channel is in the project until it is closed, or access is lost: then comes an `error` frame with
 * `not-found`, and the channel is closed.
 */
import { z } from 'zod'
import { type FileEntry, fileLimits } from './files.ts'
import type { ProjectRole, Visibility } from './projects.ts'

export const channelOfProject = (id: string): string => `project:${id}`

export const presenceLimits = {
  /** People that are listed; of further ones only the number is told. */
  listed: 200,
  /** The list is sent at most this often; the more are in it, the rarer. */
  everyMs: 100,
  activityLength: 40,
  /** Connections that may be in one project at once. */
  connections: 2000,
} as const

/** From the page: the file that is looked at, and what is done, in one word ("typing"). Sent again when it changes. */
export const Here = z.strictObject({
  type: z.literal('here'),
  path: z.string().max(fileLimits.pathLength).nullable(),
  activity: z.string().max(presenceLimits.activityLength).optional(),
})
export type Here = z.infer<typeof Here>

export type Person = {
  /** One person with two tabs is two connections. */
  readonly connection: string
  readonly userId: string
  /** What they call themselves. Text of a stranger. */
  readonly name: string
  readonly role: ProjectRole
  /** From 0 to 11, the same in all tabs of a person; the page knows what each looks like. */
  readonly colour: number
  readonly path: string | null
  readonly activity: string | null
}

/** To the page. */
export type ProjectNews =
  /** All who are here, at once and after every change. `you`: your own connection; `more`: how many are not listed. */
  | { readonly type: 'people'; readonly you: string; readonly people: readonly Person[]; readonly more: number }
  /** Committed changes, in the order of the lists: what moved, what is gone, what there is now. A folder stands for all that is in it. */
  | {
      readonly type: 'changed'
      readonly moved: readonly { readonly from: string; readonly to: string }[]
      readonly deleted: readonly string[]
      readonly entries: readonly FileEntry[]
      /** The user who did it. */
      readonly by: string
    }
  /** Its name or who may see it. */
  | { readonly type: 'project'; readonly name: string; readonly visibility: Visibility }
  /** Too much changed at once, or something may have been missed: read the tree again. */
  | { readonly type: 'reload' }
  /** Your role is another one now. */
  | { readonly type: 'role'; readonly role: ProjectRole }
