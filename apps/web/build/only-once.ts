/** Fails the build when a library is in the page twice, or in pieces: two copies of Yjs do not know each other's documents. */
type Parts = Readonly<Record<string, { readonly type: string; readonly moduleIds?: readonly string[] }>>

export function checkOnlyOnce(bundle: Parts, library: string): void {
  const inside = new RegExp(`[\\\\/]node_modules[\\\\/]${library}[\\\\/]`)
  const [chunks, copies] = [new Set<string>(), new Set<string>()]
  for (const [file, { moduleIds = [] }] of Object.entries(bundle))
    for (const id of moduleIds) {
      if (!inside.test(id)) continue
      chunks.add(file)
      copies.add(id.slice(0, id.search(inside)))
    }
  if (chunks.size > 1 || copies.size > 1)
    throw new Error(`${library} is in the page more than once: ${[...chunks].join(', ')} (from ${[...copies].join(', ')})`)
}
