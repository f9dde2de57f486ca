/** The page that asks before a project is made. Whatever was offered goes through `shown` or `escaped`. */
import { plainPage, shown } from './plain-pages.ts'

export type NewProject = {
  readonly title: string
  readonly detail: string
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[]
  /** What the form sends back. */
  readonly fields: Readonly<Record<string, string>>
}

const mostShown = 12

export function newProjectPage({ title, detail, files, fields }: NewProject): string {
  const rows = files.slice(0, mostShown).map(({ path, sizeBytes }) => `<li>${shown(path)} ${sizeText(sizeBytes)}</li>`)
  const more = files.length > mostShown ? `<li>and ${files.length - mostShown} more</li>` : ''
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  )
  return plainPage(
    'Open in Atelier',
    `<p>${shown(title)}</p><p>${shown(detail, false)}</p><ul>${rows.join('')}${more}</ul><form method="post" action="/new/confirmed">${hidden.join('')}<button type="submit" autofocus>Make it my project</button></form>`,
  )
}

export const notNewPage = (sentence: string): string =>
  plainPage('This cannot be opened', `<p>${shown(sentence, false)}</p><a href="/">Open my project</a>`)

const sizeText = (bytes: number): string => (bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KB`)
const escaped = (text: string): string => text.replace(/[&<>"'\r\n]/g, (each) => `&#${each.charCodeAt(0)};`)
