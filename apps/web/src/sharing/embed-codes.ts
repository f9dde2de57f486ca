/** The texts that put a project into other pages. */
export type EmbedChoice = {
  readonly theme: 'auto' | 'light' | 'dark'
  readonly clickToLoad: boolean
  readonly run: boolean
  readonly file: string | null
}

export type EmbedCodes = {
  readonly frame: string
  readonly badge: string
  readonly badgeHtml: string
  readonly address: string
  /** Address of the frame. */
  readonly preview: string
}

export function embedCodes(origin: string, projectId: string, name: string, choice: EmbedChoice): EmbedCodes {
  const parameters = new URLSearchParams()
  if (choice.theme !== 'auto') parameters.set('theme', choice.theme)
  if (choice.clickToLoad) parameters.set('ctl', '1')
  if (choice.run) parameters.set('run', '1')
  if (choice.file !== null) parameters.set('file', choice.file)
  const query = parameters.toString()
  const preview = `${origin}/embed/${projectId}${query === '' ? '' : `?${query}`}`
  const title = escaped(`${name} · Atelier`)
  return {
    frame: `<iframe src="${escaped(preview)}" title="${title}" width="720" height="480" style="border:0" loading="lazy"></iframe>`,
    badge: `[![Open in Atelier](${origin}/open-in-atelier.svg)](${origin}/new?project=${projectId})`,
    badgeHtml: `<a href="${origin}/new?project=${projectId}"><img src="${origin}/open-in-atelier.svg" alt="Open in Atelier" height="30"></a>`,
    address: `${origin}/projects/${projectId}`,
    preview,
  }
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
