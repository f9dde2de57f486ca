/** Which pages may have an embed in a frame. The setting is `*`, `none`, or origins with commas between. */

/** The setting as it is kept; throws an Error that says what is expected. */
export function embedOriginsSetting(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '*' || trimmed === 'none') return trimmed
  const origins = trimmed.split(',').map((part) => originOf(part.trim()))
  if (origins.some((origin) => origin === null))
    throw new Error('must be *, none, or origins such as https://docs.example.org with commas between')
  return origins.join(',')
}

function originOf(text: string): string | null {
  try {
    const { origin, protocol } = new URL(text)
    return /^https?:$/.test(protocol) && !text.includes('*') && origin.toLowerCase() === text.replace(/\/$/, '').toLowerCase()
      ? origin
      : null
  } catch {
    return null
  }
}

export type EmbedOrigins = {
  /** Value of `frame-ancestors`. Our own pages show a preview, where anybody may have a frame at all. */
  readonly ancestors: string
  /** null: every page. */
  readonly parents: readonly string[] | null
  readonly isOff: boolean
}

export function embedOriginsOf(setting: string): EmbedOrigins {
  if (setting === '*') return { ancestors: '*', parents: null, isOff: false }
  if (setting === 'none') return { ancestors: "'none'", parents: [], isOff: true }
  const parents = setting.split(',')
  return { ancestors: ["'self'", ...parents].join(' '), parents, isOff: false }
}
