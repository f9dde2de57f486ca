/** Finds places in program output that can be opened: `main.py:3:7`, `File "main.py", line 3`, `main.go:3`, `--> src/main.rs:3:5`. */

export type FoundPlace = {
  readonly start: number
  readonly end: number
  readonly path: string
  readonly line: number
  readonly column: number
}

const python = /File "([^"\n]{1,300})", line (\d{1,7})/g
const colons = /((?:[\w.@+~-]|\/(?!\/)){1,300}\.\w{1,10}):(\d{1,7})(?::(\d{1,5}))?/g
const parens = /((?:[\w.@+~-]|\/(?!\/)){1,300}\.\w{1,10})\((\d{1,7}),(\d{1,5})\)/g

/** `isFile` says whether a path is a file of the project; a longer path is tried without its leading folders, as programs print where they ran. */
export function findPlaces(text: string, isFile: (path: string) => boolean): readonly FoundPlace[] {
  if (!/\d/.test(text)) return []
  const found: FoundPlace[] = []
  for (const pattern of [python, colons, parens]) {
    for (const match of text.matchAll(pattern)) {
      const path = projectPath(match[1] ?? '', isFile)
      const start = match.index
      const end = start + match[0].length
      if (path === null || found.some((place) => start < place.end && place.start < end)) continue
      found.push({ start, end, path, line: Math.max(1, Number(match[2])), column: Math.max(1, Number(match[3] ?? 1)) })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

function projectPath(printed: string, isFile: (path: string) => boolean): string | null {
  const names = printed
    .replace(/^file:\/\//, '')
    .split('/')
    .filter((name) => name !== '' && name !== '.')
  for (let from = 0; from < names.length; from += 1) {
    const path = names.slice(from).join('/')
    if (isFile(path)) return path
  }
  return null
}
