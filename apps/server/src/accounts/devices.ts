/** What a browser calls itself, in three words, so that people recognise theirs in a list. It is a claim, not a proof. */
type Names = readonly { readonly name: string; readonly pattern: RegExp }[]

/** In this order: most of them also call themselves what comes further down. */
const browsers: Names = [
  { name: 'Edge', pattern: /\bEdg(?:A|iOS)?\// },
  { name: 'Opera', pattern: /\bOPR\// },
  { name: 'Samsung Internet', pattern: /\bSamsungBrowser\// },
  { name: 'Firefox', pattern: /\b(?:Firefox|FxiOS)\// },
  { name: 'Chrome', pattern: /\b(?:Chrome|CriOS|HeadlessChrome)\// },
  { name: 'Safari', pattern: /\bSafari\// },
]
const systems: Names = [
  { name: 'Android', pattern: /Android/ },
  { name: 'iPhone', pattern: /iPhone/ },
  { name: 'iPad', pattern: /iPad/ },
  { name: 'Windows', pattern: /Windows/ },
  { name: 'macOS', pattern: /Mac OS X|Macintosh/ },
  { name: 'ChromeOS', pattern: /CrOS/ },
  { name: 'Linux', pattern: /Linux|X11/ },
]

export function deviceOf(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, 400)
  const nameIn = (names: Names) => names.find(({ pattern }) => pattern.test(text))?.name
  const [browser, system] = [nameIn(browsers) ?? 'A program', nameIn(systems)]
  return system === undefined ? browser : `${browser} on ${system}`
}
