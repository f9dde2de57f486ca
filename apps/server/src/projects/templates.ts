/**
 * Templates: ready projects as data, one folder each: `template.json` and the project's own `files/`. What a template prints when it runs
 * stands beside it (`runs`), and journeys/templates.linux.test.ts runs them all.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { checkPath } from '@atelier/protocol/files'
import type { Template } from '@atelier/protocol/projects'
import { z } from 'zod'
import { inlineContent } from './content.ts'
import type { NewEntry } from './entry-rows.ts'
import { foldersAbove } from './place-file.ts'

/** `entries`: its files and folders, ready to be inserted. `files`: the same files, to be shown and run without a project. */
export type LoadedTemplate = {
  readonly template: Template
  readonly entries: readonly NewEntry[]
  readonly files: readonly TemplateFile[]
  readonly runs: readonly TemplateRun[]
}
export type TemplateFile = { readonly path: string; readonly content: Buffer }

/** What happens when a file of it is run: each line of `prints` appears, files of `makes` are there afterwards. */
const TemplateRun = z.strictObject({
  entryPoint: z.string(),
  args: z.array(z.string()).default([]),
  stdin: z.string().default(''),
  prints: z.array(z.string()).min(1),
  exitCode: z.int().default(0),
  makes: z.array(z.string()).default([]),
})
export type TemplateRun = z.infer<typeof TemplateRun>

const About = z.strictObject({
  name: z.string(),
  description: z.string(),
  language: z.string(),
  entryPoint: z.string(),
  tags: z.array(z.string()).default([]),
  /** Where it stands in the list. */
  place: z.int(),
  runs: z.array(TemplateRun).default([]),
})

/** Reads all templates, in the order of their places. A template that does not fit together is a fault. */
export async function loadTemplates(folder = join(import.meta.dirname, 'templates')): Promise<LoadedTemplate[]> {
  const ids = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const loaded = await Promise.all(ids.map((id) => loadTemplate(folder, id)))
  return loaded.sort((a, b) => a.place - b.place)
}

async function loadTemplate(folder: string, id: string): Promise<LoadedTemplate & { readonly place: number }> {
  try {
    const { place, runs, ...about } = About.parse(JSON.parse(await readFile(join(folder, id, 'template.json'), 'utf8')))
    const files = await readFiles(join(folder, id, 'files'))
    for (const { entryPoint } of [about, ...runs])
      if (!files.some(({ path }) => path === entryPoint)) throw new Error(`it has no file ${entryPoint}`)
    return { template: { id, ...about }, entries: await entriesOf(files), files, runs, place }
  } catch (cause) {
    throw new Error(`the template "${id}" cannot be used`, { cause })
  }
}

async function readFiles(root: string): Promise<TemplateFile[]> {
  const files: TemplateFile[] = []
  for (const found of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!found.isFile()) continue
    const file = join(found.parentPath, found.name)
    files.push({ path: checkPath(relative(root, file).split(sep).join('/')), content: await readFile(file) })
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function entriesOf(files: readonly TemplateFile[]): Promise<NewEntry[]> {
  const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)))
  const entries: NewEntry[] = [...folders].map((path) => ({ path, content: null }))
  for (const { path, content } of files) {
    const inline = await inlineContent(content)
    if (inline === null) throw new Error(`${path} is too large for a template`)
    entries.push({ path, content: inline })
  }
  return entries
}
