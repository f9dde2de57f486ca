/** Which templates a search and a language leave. */
import type { Template } from '@atelier/protocol/projects'

/** Each word that was typed begins a word of the name, the description, the tags or the language. `language` null: all of them. */
export function filterTemplates(
  templates: readonly Template[],
  search: string,
  language: string | null,
  nameOf: (languageId: string) => string,
): readonly Template[] {
  const words = search.toLowerCase().split(/\s+/)
  return templates.filter((template) => {
    if (language !== null && template.language !== language) return false
    const text = [template.name, template.description, ...template.tags, nameOf(template.language)].join(' ').toLowerCase()
    const known = text.split(/[^\p{L}\p{N}+#]+/u)
    return words.every((word) => known.some((each) => each.startsWith(word)))
  })
}

/** The languages that templates are written in, most templates first. */
export function languagesOf(templates: readonly Template[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { language } of templates) if (language !== '') counts.set(language, (counts.get(language) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([language]) => language)
}
