/** Who wrote which line: each version is compared with the one before it, and lines that stay keep the version that brought them. */

/** Differences beyond this between two versions are not followed: all lines in between count as new. */
const mostSteps = 600

/** For each line of `after`: which line of `before` it is, or -1. Myers, "An O(ND) Difference Algorithm" (1986), on what is between the common ends. */
export function sameLines(before: readonly string[], after: readonly string[]): Int32Array {
  const same = new Int32Array(after.length).fill(-1)
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) {
    same[start] = start
    start += 1
  }
  let [beforeEnd, afterEnd] = [before.length, after.length]
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd -= 1
    afterEnd -= 1
    same[afterEnd] = beforeEnd
  }
  const [n, m] = [beforeEnd - start, afterEnd - start]
  if (n === 0 || m === 0) return same
  const most = Math.min(n + m, mostSteps)
  const reach = new Int32Array(2 * most + 3)
  const trail: Int32Array[] = []
  const at = (k: number): number => k + most + 1
  for (let d = 0; d <= most; d++) {
    trail.push(reach.slice(at(-d) - 1, at(d) + 2))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach[at(k - 1)] ?? 0) < (reach[at(k + 1)] ?? 0))
      let x = down ? (reach[at(k + 1)] ?? 0) : (reach[at(k - 1)] ?? 0) + 1
      let y = x - k
      while (x < n && y < m && before[start + x] === after[start + y]) {
        x += 1
        y += 1
      }
      reach[at(k)] = x
      if (x >= n && y >= m) {
        walkBack(trail, d, n, m, (i, j) => {
          same[start + j] = start + i
        })
        return same
      }
    }
  }
  return same
}

function walkBack(
  trail: readonly Int32Array[],
  steps: number,
  n: number,
  m: number,
  match: (i: number, j: number) => void,
): void {
  let [x, y] = [n, m]
  for (let d = steps; d > 0; d--) {
    const reach = trail[d]
    // It begins at diagonal -d - 1.
    const of = (k: number): number => reach?.[k + d + 1] ?? 0
    const k = x - y
    const down = k === -d || (k !== d && of(k - 1) < of(k + 1))
    const fromK = down ? k + 1 : k - 1
    const fromX = of(fromK)
    const fromY = fromX - fromK
    const [midX, midY] = down ? [fromX, fromY + 1] : [fromX + 1, fromY]
    while (x > midX && y > midY) match(--x, --y)
    x = fromX
    y = fromY
  }
  while (x > 0 && y > 0) match(--x, --y)
}

/** Lines as an editor counts them. */
export const linesOf = (text: string): string[] => text.split(/\r\n?|\n/)

/** Follows versions from the oldest to the newest; then `marks` has for each line of the newest what its version was marked with. */
export class LineAuthors<Mark> {
  #lines: readonly string[] = []
  #marks: Mark[] = []

  add(text: string, mark: Mark): void {
    const lines = linesOf(text)
    const same = sameLines(this.#lines, lines)
    const marks = lines.map((_line, index) => {
      const from = same[index] ?? -1
      return from < 0 ? mark : (this.#marks[from] as Mark)
    })
    this.#lines = lines
    this.#marks = marks
  }

  get marks(): readonly Mark[] {
    return this.#marks
  }
}
