/** A strip as wide as the slider: who typed when, and how much. The slider says it in words. */
import { memo } from 'react'
import { nobody } from './history.ts'
import type { Part } from './timeline.ts'

/** Even one letter can be seen. */
const leastHeight = 0.12

export const WhoWhen = memo(function WhoWhen({
  parts,
  colours,
}: {
  readonly parts: readonly Part[]
  readonly colours: readonly string[]
}) {
  return (
    <svg className="who-when" viewBox={`0 0 ${parts.length} 1`} preserveAspectRatio="none" aria-hidden="true">
      {[...barsOf(parts)].map(([number, path]) => (
        <path key={number} d={path} fill={colours[number - 1]} />
      ))}
    </svg>
  )
})

/** One path for all bars of a person; bars of one part stand on each other. */
function barsOf(parts: readonly Part[]): ReadonlyMap<number, string> {
  const bars = new Map<number, string>()
  for (const [at, part] of parts.entries()) {
    let top = 1
    for (const { number, amount } of part) {
      if (number === nobody) continue
      const height = (leastHeight + (1 - leastHeight) * amount) * (part.length > 1 ? 1 - leastHeight : 1)
      bars.set(number, `${bars.get(number) ?? ''}M${at} ${top}v${-height}h1.02v${height}z`)
      top -= height
    }
  }
  return bars
}
