/** Templates: ready projects as data, one folder each: `template.json` and the project's own `files/`. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { checkPath } from '@atelier/protocol/files'
import type { Template } from '@atelier/protocol/projects'
import { z } from 'zod'
import { inlineContent } from './content.ts'
import type { NewEntry } from './entry-rows.ts'
import { foldersAbove } from './place-file.ts'

/** `entries`: its files and folders, ready to be inserted. */
export type LoadedTemplate = { readonly template: Template; readonly entries: readonly NewEntry[] }

const TemplateFile = z.strictObject({
  name: z.string(),
  description: z.string(),
  language: z.string(),
  entryPoint: z.string(),
  /** Where it stands in the list. */
  place: z.int(),
})

/** Reads all templates, in the order of their places. A template that does not fit together is a fault. */
export async function loadTemplates(folder = join(import.meta.dirname, 'templates')): Promise<LoadedTemplate[]> {
  const ids = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const loaded = await Promise.all(ids.map((id) => loadTemplate(folder, id)))
  return loaded.sort((a, b) => a.place - b.place)
}

async function loadTemplate(folder: string, id: string): Promise<LoadedTemplate & { readonly place: number }> {
  try {
    const { place, ...about } = TemplateFile.parse(JSON.parse(await readFile(join(folder, id, 'template.json'), 'utf8')))
    const entries = await readEntries(join(folder, id, 'files'))
    if (!entries.some((entry) => entry.path === about.entryPoint)) throw new Error(`it has no file ${about.entryPoint}`)
    return { template: { id, ...about }, entries, place }
  } catch (cause) {
    throw new Error(`the template "${id}" cannot be used`, { cause })
  }
}

async function readEntries(root: string): Promise<NewEntry[]> {
  const files: NewEntry[] = []
  const folders = new Set<string>()
  for (const found of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!found.isFile()) continue
    const file = join(found.parentPath, found.name)
    const path = checkPath(relative(root, file).split(sep).join('/'))
    const content = await inlineContent(await readFile(file))
    if (content === null) throw new Error(`${path} is too large for a template`)
    files.push({ path, content })
    for (const folder of foldersAbove(path)) folders.add(folder)
  }
  return [...[...folders].map((path) => ({ path, content: null })), ...files]
}
