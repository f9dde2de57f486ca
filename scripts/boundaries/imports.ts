/** The modules that a TypeScript or JavaScript text imports, as written, in order. Comments are left out of sight. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return [...code.matchAll(anyImport)].flatMap(({ groups }) => groups?.from ?? groups?.bare ?? groups?.dynamic ?? [])
}

const anyImport = new RegExp(
  [
    /^\s*(?:import|export)\b[^'"`;()]*?\bfrom\s*['"](?<from>[^'"]+)['"]/,
    /^\s*import\s*['"](?<bare>[^'"]+)['"]/,
    /\bimport\(\s*['"](?<dynamic>[^'"]+)['"]/,
  ]
    .map((form) => form.source)
    .join('|'),
  'gm',
)
