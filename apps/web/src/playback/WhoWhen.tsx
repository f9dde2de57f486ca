/** A strip as wide as the slider: who typed when, and how much. The slider says it in words. */
import { memo } from 'react'
import type { whoWhen } from './timeline.ts'

type Parts = ReturnType<typeof whoWhen>

/** Even one letter can be seen. */
const leastHeight = 0.15

export const WhoWhen = memo(function WhoWhen({ parts, colours }: { readonly parts: Parts; readonly colours: readonly string[] }) {
  return (
    <svg className="who-when" viewBox={`0 0 ${parts.length} 1`} preserveAspectRatio="none" aria-hidden="true">
      {[...barsOf(parts)].map(([author, path]) => (
        <path key={author} d={path} fill={colours[author - 1]} />
      ))}
    </svg>
  )
})

/** One path for all bars of a person. */
function barsOf(parts: Parts): ReadonlyMap<number, string> {
  const bars = new Map<number, string>()
  for (const [at, { author, amount }] of parts.entries()) {
    if (author === 0 || amount === 0) continue
    const height = leastHeight + (1 - leastHeight) * amount
    bars.set(author, `${bars.get(author) ?? ''}M${at} 1v${-height}h1.02v${height}z`)
  }
  return bars
}
