/**
 * What others did to the tree, put into ours. Our own changes come back as news too, and may have been shown already: whatever is
 * there already changes nothing, and news that are older than what is shown do not bring the past back.
 */
import type { ProjectNews } from '@atelier/protocol/presence'
import { type Entries, isWithin, type TreeEntry, withEntries, withMove, withoutPath } from './tree.ts'

export type TreeNews = Pick<Extract<ProjectNews, { type: 'changed' }>, 'moved' | 'deleted' | 'entries'>

/** The same map when the news tell nothing new. */
export function withNews(entries: Entries, { moved, deleted, entries: changed }: TreeNews): Entries {
  let next = entries
  for (const { from, to } of moved) {
    if (!holds(next, from)) continue
    // Here already under its new name: what is left of the old one came from an answer that was overtaken.
    next = next.has(to) ? withoutPath(next, from) : withMove(next, from, to)
  }
  for (const path of deleted) if (holds(next, path)) next = withoutPath(next, path)
  const newer: TreeEntry[] = []
  for (const { path, kind, sizeBytes, version } of changed) {
    const known = next.get(path)
    if (!isNewer({ path, kind, sizeBytes, version }, known)) continue
    if (known !== undefined && known.kind !== kind) next = withoutPath(next, path)
    newer.push({ path, kind, sizeBytes, version })
  }
  if (newer.length > 0) next = withEntries(next, newer)
  return next
}

const holds = (entries: Entries, path: string): boolean => entries.has(path)

function isNewer(entry: TreeEntry, known: TreeEntry | undefined): boolean {
  if (known === undefined || known.kind !== entry.kind) return true
  return entry.kind === 'file' && entry.version > known.version
}

/** The open files that are gone with what was deleted. */
export const goneWith = (tabs: readonly string[], deleted: readonly string[]): readonly string[] =>
  tabs.filter((tab) => deleted.some((path) => isWithin(tab, path)))
