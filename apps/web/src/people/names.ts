/** One or two letters for a small circle: of the first and the last word of a name. */
export function initialsOf(name: string): string {
  const all = name.trim().split(/\s+/u)
  const lettered = all.filter((word) => /[\p{L}\p{N}]/u.test(word))
  const words = lettered.length > 0 ? lettered : all
  const letter = (word: string | undefined): string => Array.from(word ?? '')[0]?.toLocaleUpperCase('en') ?? ''
  return letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : '')
}
