/** Which files the first screen needs, read from the finished bundle: the server turns them into stylesheet and preload links. */
import type { Rolldown } from 'vite'

export type PageAssets = {
  /** The module that starts the page. */
  readonly entry: string
  /** Modules that the page loads at once: those of the entry and of the editor. */
  readonly preload: readonly string[]
  /** Extra modules by Monaco language id. */
  readonly languages: Readonly<Record<string, readonly string[]>>
  readonly styles: readonly string[]
  /** Stylesheets that may come after the first paint. */
  readonly lateStyles: readonly string[]
  readonly fonts: readonly string[]
  /** The page of an embed: its entry, what it loads at once, its stylesheets. */
  readonly embed: { readonly entry: string; readonly preload: readonly string[]; readonly styles: readonly string[] }
}

type Chunk = Rolldown.OutputChunk

export function listPageAssets(bundle: Rolldown.OutputBundle): PageAssets {
  const outputs = Object.values(bundle)
  const chunks = outputs.filter((output): output is Chunk => output.type === 'chunk')
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const entry = chunks.find((chunk) => chunk.isEntry && chunk.name === 'main')
  if (entry === undefined) throw new Error('the bundle has no entry called main')
  const embed = chunks.find((chunk) => chunk.isEntry && chunk.name === 'embed')
  const embedded = chunks.find((chunk) => chunk.facadeModuleId?.endsWith('/src/embed/embed.ts') === true)
  if (embed === undefined || embedded === undefined)
    throw new Error('the bundle has no entry called embed, or no chunk for src/embed/embed.ts')
  const editor = chunks.find((chunk) => chunk.facadeModuleId?.endsWith('/src/editor/monaco/monaco-surface.ts') === true)
  if (editor === undefined) throw new Error('the bundle has no chunk for src/editor/monaco/monaco-surface.ts')

  const withImports = (start: Chunk): Chunk[] => {
    const found = new Set<Chunk>()
    const visit = (chunk: Chunk): void => {
      if (found.has(chunk)) return
      found.add(chunk)
      for (const file of chunk.imports) {
        const next = byFile.get(file)
        if (next !== undefined) visit(next)
      }
    }
    visit(start)
    return [...found]
  }
  const first = withImports(entry)
  const whole = new Set([...first, ...withImports(editor)])
  const languages: Record<string, string[]> = {}
  for (const chunk of chunks) {
    const id = /monaco-editor\/esm\/vs\/languages\/definitions\/([^/]+)\/\1\.js$/.exec(chunk.facadeModuleId ?? '')?.[1]
    if (id !== undefined)
      languages[id] = withImports(chunk)
        .filter((part) => !whole.has(part))
        .map((part) => part.fileName)
  }
  const stylesOf = (parts: Iterable<Chunk>): string[] => [
    ...new Set([...parts].flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])])),
  ]
  const styles = stylesOf(first)
  const framed = [...new Set([...withImports(embed), ...withImports(embedded)])]
  return {
    entry: entry.fileName,
    preload: [...whole].filter((chunk) => chunk !== entry).map((chunk) => chunk.fileName),
    languages,
    embed: {
      entry: embed.fileName,
      preload: framed.filter((chunk) => chunk !== embed).map((chunk) => chunk.fileName),
      styles: stylesOf(framed),
    },
    styles,
    lateStyles: stylesOf(whole).filter((file) => !styles.includes(file)),
    fonts: outputs
      .map((output) => output.fileName)
      .filter((file) => /(?:figtree|geist-mono)-latin-wght-normal.*\.woff2$/.test(file)),
  }
}
