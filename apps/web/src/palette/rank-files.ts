/** Orders file paths by how well they fit what was typed: letters in order, best where names begin. Open files come first on nothing. */

export function rankFiles(paths: readonly string[], query: string, open: readonly string[]): readonly string[] {
  const wanted = query.toLowerCase().replaceAll(' ', '')
  const isOpen = new Set(open)
  if (wanted === '') return [...paths].sort((a, b) => Number(isOpen.has(b)) - Number(isOpen.has(a)) || compare(a, b))
  return paths
    .flatMap((path) => {
      const score = scoreOf(path.toLowerCase(), wanted)
      return score === null ? [] : [{ path, score: score + (isOpen.has(path) ? 1 : 0) }]
    })
    .sort((a, b) => b.score - a.score || a.path.length - b.path.length || compare(a.path, b.path))
    .map(({ path }) => path)
}

const compare = (a: string, b: string): number => (a < b ? -1 : 1)

/** Null when the letters do not stand in the path in this order. */
function scoreOf(path: string, wanted: string): number | null {
  const name = path.lastIndexOf('/') + 1
  const whole = path.indexOf(wanted, name)
  if (whole >= 0) return 1000 - (whole - name) * 2 - (path.length - name - wanted.length) * 0.1
  let score = 0
  let from = 0
  for (const letter of wanted) {
    const at = path.indexOf(letter, from)
    if (at < 0) return null
    if (at === 0 || /[/._-]/.test(path.charAt(at - 1))) score += 8
    if (at === from && from > 0) score += 4
    if (at >= name) score += 2
    from = at + 1
  }
  return score
}
