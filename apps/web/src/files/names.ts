/** What is wrong with a name, said while it is typed. */
import { Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'
import type { Entries } from './tree.ts'
import { joinPath } from './tree.ts'

/** Null when `name` may be used in `folder`. A name with "/" makes folders on the way. `self` is the path that is being renamed. */
export function whyNotName(entries: Entries, folder: string, name: string, self?: string): string | null {
  if (name.trim() === '') return 'Type a name.'
  const path = joinPath(folder, name)
  try {
    checkPath(path)
  } catch (error) {
    if (error instanceof Refusal) return capitalised(error.message)
    throw error
  }
  if (path === self) return null
  const existing = entries.get(path)
  if (existing !== undefined) return `A ${existing.kind} with this name is here already.`
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1))
    if (entries.get(path.slice(0, cut))?.kind === 'file') return `“${path.slice(0, cut)}” is a file, not a folder.`
  if (self !== undefined && path.startsWith(`${self}/`)) return 'A folder cannot be moved into itself.'
  return null
}

const capitalised = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1)
