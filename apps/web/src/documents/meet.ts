/**
 * Two texts that were made from the same one meet: each gets the changes of the other, and both become the same text. What was typed
 * before the shared text arrived is put into it like this, so it is neither lost nor there twice.
 */
import { type Operation, OperationBuilder, transform } from '@atelier/text/ot/operation'
import type { TextChange } from '@atelier/text/replica'
import { changesBetween } from './changes.ts'

export type Met = {
  /** What `mine` changed, as changes to `theirs`. */
  readonly mine: readonly TextChange[]
  /** What `theirs` changed, as changes to `mine`. */
  readonly theirs: readonly TextChange[]
}

/** Where both put something in at the same place, theirs comes first. */
export function meet(base: string, mine: string, theirs: string): Met {
  const [ours, others] = [changesBetween(base, mine), changesBetween(base, theirs)]
  if (ours.length === 0 || others.length === 0) return { mine: ours, theirs: others }
  const [left, right] = [operationOf(others), operationOf(ours)]
  return { mine: changesOf(transform(right, left, 'right')), theirs: changesOf(transform(left, right, 'left')) }
}

function operationOf(changes: readonly TextChange[]): Operation {
  const operation = new OperationBuilder()
  let at = 0
  for (const change of changes) {
    operation
      .retain(change.at - at)
      .insert(change.insert)
      .remove(change.remove)
    at = change.at + change.remove
  }
  return operation.build()
}

function changesOf(operation: Operation): readonly TextChange[] {
  const changes: TextChange[] = []
  let at = 0
  for (const part of operation) {
    const last = changes.at(-1)
    const touches = last !== undefined && last.at + last.remove === at
    if (typeof part === 'number' && part > 0) at += part
    else {
      const [remove, insert] = typeof part === 'number' ? [-part, ''] : [0, part]
      if (touches) changes[changes.length - 1] = { at: last.at, remove: last.remove + remove, insert: last.insert + insert }
      else changes.push({ at, remove, insert })
      at += remove
    }
  }
  return changes
}
