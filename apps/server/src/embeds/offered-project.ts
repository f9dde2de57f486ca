/**
 * A project that a page of another site offers: a form with `project[files][path]` and `project[title]`, as StackBlitz takes it. Here it is
 * only read and shown; made is it when the person says so (pages/new-page.ts).
 */
import { embedBounds } from '@atelier/protocol/embeds'
import { Refusal } from '@atelier/protocol/errors'
import { checkInlinePaths } from '@atelier/protocol/executions'
import { ProjectName } from '@atelier/protocol/projects'
import { z } from 'zod'
import type { Projects } from '../projects/projects.ts'

export type OfferedProject = { readonly title: string; readonly files: readonly OfferedFile[] }
export type OfferedFile = { readonly path: string; readonly content: string }

/** Files, and what else such forms have. */
const mostFields = 500
const untitled = 'Offered project'
const fileField = /^project\[files\]\[(.+)\]$/s

/** From the fields of a form. Browsers write line ends of forms as CRLF; files get them as LF. */
export async function offeredByForm(bytes: Buffer, contentType: string): Promise<OfferedProject> {
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1]
  if (hasTooMany(bytes, boundary === undefined ? '&' : `--${boundary}`))
    throw new Refusal('too-large', `The form has more than ${mostFields} fields.`)
  let fields: FormData
  try {
    fields = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData()
  } catch (cause) {
    throw new Refusal('invalid-request', 'The form could not be read. Send it as a web page does, with method="post".', { cause })
  }
  const files: OfferedFile[] = []
  for (const [name, value] of fields) {
    const path = fileField.exec(name)?.[1]
    if (path !== undefined) files.push({ path, content: (await textOf(value)).replace(/\r\n?/g, '\n') })
  }
  const title = fields.get('project[title]')
  return checkOffered({ title: typeof title === 'string' ? title : '', files })
}

/** Looked at before the form is read: reading half a million fields takes the processor from everybody. */
function hasTooMany(bytes: Buffer, mark: string): boolean {
  let count = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) if (++count > mostFields) return true
  return false
}

const textOf = (value: string | Blob): string | Promise<string> => (typeof value === 'string' ? value : value.text())

const Offered = z.strictObject({
  title: z.string(),
  files: z.array(z.strictObject({ path: z.string(), content: z.string() })),
})

/** From the field in which our own page sends it back. */
export function offeredByUs(json: string): OfferedProject {
  try {
    return checkOffered(Offered.parse(JSON.parse(json)))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('invalid-request', 'The form is not as this page made it. Go back and try again.', { cause: error })
  }
}

function checkOffered({ title, files }: OfferedProject): OfferedProject {
  if (files.length === 0)
    throw new Refusal('invalid-request', 'The form offers no files: it needs fields named project[files][main.py], one per file.')
  const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
  if (files.length > embedBounds.files || bytes > embedBounds.bytes)
    throw new Refusal('too-large', `The form offers more than ${embedBounds.files} files or ${embedBounds.bytes / 1024} KB.`)
  const clash = checkInlinePaths(files.map(({ path }) => path))
  if (clash !== null) throw new Refusal('invalid-path', `The files clash: ${clash}.`)
  const name = ProjectName.safeParse([...title.replace(/\s+/g, ' ')].slice(0, embedBounds.titleLength).join('').trim())
  return { title: name.success ? name.data : untitled, files }
}

/** Whole or not at all. */
export async function makeOffered(
  projects: Pick<Projects, 'createProject' | 'saveFile' | 'deleteProject'>,
  userId: string,
  { title, files }: OfferedProject,
): Promise<string> {
  const { id } = await projects.createProject(userId, title)
  const saves = files.map(({ path, content }) => projects.saveFile(id, userId, path, Buffer.from(content, 'utf8')))
  const failed = (await Promise.allSettled(saves)).find((save) => save.status === 'rejected')
  if (failed === undefined) return id
  await projects.deleteProject(id, userId)
  throw failed.reason
}
