/** The documents speak of files and tests by name: what they name is there. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'

const projectFolder = resolve(import.meta.dirname, '..')
const documents = ['README.md', 'ARCHITECTURE.md', 'SPECIFICATION.md', 'THREATS.md', 'CONTRIBUTING.md'].concat(
  globSync('docs/**/*.md', { cwd: projectFolder }),
)
/** Where a path in a document may start; each document says which of them it uses. */
const starts = ['', 'packages/sandbox/src', 'apps/server/src', 'apps/web/src']
/** Made when Atelier is set up or runs; and the examples of what somebody may add. */
const isMade = (path: string): boolean =>
  /^(\.atelier|apps\/web\/dist|node_modules|docs\/images|languages\/fish)(\/|$)|\/0004-what-it-does\.sql$|\/NAME\.ts$/.test(path)

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8')
const placeOf = (path: string): string | undefined =>
  starts.map((start) => join(start, path)).find((place) => existsSync(join(projectFolder, place)))

/** What stands in backticks and looks like a file or folder of ours: lower case, a slash, no spaces, braces or wildcards. */
const pathsIn = (line: string): string[] => [...line.matchAll(/`(\.?[a-z][\w.-]*\/[\w./-]+)`/g)].flatMap(([, path]) => path ?? [])

test('every file that a document names is there', () => {
  for (const document of documents)
    for (const path of read(document)
      .replace(/^```[\s\S]*?^```/gm, '')
      .split('\n')
      .flatMap(pathsIn))
      assert.ok(isMade(path) || placeOf(path) !== undefined, `${document} names ${path}`)
})

test('every link of a document to a file of ours, and to a heading in it, leads somewhere', () => {
  for (const document of documents)
    for (const [, link = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [file = '', heading] = link.split('#')
      const target = file === '' ? document : join(dirname(document), file)
      assert.ok(isMade(target) || existsSync(join(projectFolder, target)), `${document} links to ${link}`)
      if (heading !== undefined) assert.ok(headingsOf(target).includes(heading), `${document} links to ${link}`)
    }
})

test('a test that a document names by file and title is in that file', () => {
  for (const document of documents)
    for (const cell of read(document).split(/\n|\|/)) {
      let file: string | undefined
      for (const [, path, title] of cell.matchAll(/`([^`]+)`|\*([^*]+)\*/g)) {
        if (path !== undefined) file = /(\.test|\.contract|contract\/[\w-]+)\.ts$/.test(path) ? placeOf(path) : undefined
        else if (file !== undefined && title !== undefined)
          assert.ok(read(file).includes(title), `${document} says that ${file} shows "${title}"`)
      }
    }
})

const headingsOf = (document: string): string[] =>
  [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
