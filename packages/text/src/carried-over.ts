/** A change that was made to one text, done to another that came from the same one: what others did to it meanwhile stays. */
import { apply, transform } from './ot/operation.ts'
import { operationOf } from './ot/text-changes.ts'
import { smallestChange } from './smallest-change.ts'

/** The change is the one from `before` to `after`; `now` came from `before` too. */
export function carriedOver(before: string, after: string, now: string): string {
  const [change, others] = [operationOf(smallestChange(before, after)), operationOf(smallestChange(before, now))]
  return apply(now, transform(change, others, 'right'))
}
