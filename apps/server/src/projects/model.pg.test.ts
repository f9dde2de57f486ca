import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import fc from 'fast-check'
import { openTestApp } from './fixtures/open-test-app.ts'
import { foldersAbove } from './place-file.ts'
import type { Precondition } from './precondition.ts'

/** What a project should be: a map, and rules of one line each. Throws the code of the refusal. */
class ModelProject {
  readonly entries = new Map<string, { version: number; content: string | null }>()

  save(path: string, content: string, precondition: Precondition): number {
    const existing = this.entries.get(path)
    if (existing?.content === null || this.#hasFileAbove(path)) throw 'already-exists'
    const version = existing?.version ?? 0
    if (typeof precondition === 'number' && precondition !== version) throw 'version-mismatch'
    if (precondition === 'absent' && version !== 0) throw 'version-mismatch'
    if (precondition === 'present' && version === 0) throw 'version-mismatch'
    this.#makeFolders(path)
    this.entries.set(path, { version: version + 1, content })
    return version + 1
  }

  makeFolder(path: string): void {
    if (this.entries.has(path) || this.#hasFileAbove(path)) throw 'already-exists'
    this.#makeFolders(`${path}/`)
  }

  remove(path: string, precondition: Precondition): void {
    const existing = this.entries.get(path)
    if (existing === undefined) throw 'not-found'
    if (typeof precondition === 'number' && precondition !== existing.version) throw 'version-mismatch'
    for (const each of this.#within(path)) this.entries.delete(each)
  }

  move(from: string, to: string): void {
    if (to === from || to.startsWith(`${from}/`)) throw 'invalid-request'
    if (!this.entries.has(from)) throw 'not-found'
    if (this.entries.has(to) || this.#hasFileAbove(to)) throw 'already-exists'
    this.#makeFolders(to)
    for (const each of this.#within(from)) {
      const entry = this.entries.get(each)
      this.entries.delete(each)
      if (entry !== undefined) this.entries.set(to + each.slice(from.length), entry)
    }
  }

  tree(): unknown[] {
    return [...this.entries.keys()].sort().map((path) => [path, this.entries.get(path)?.version])
  }

  #within = (path: string) => [...this.entries.keys()].filter((each) => each === path || each.startsWith(`${path}/`))
  #hasFileAbove = (path: string) => foldersAbove(path).some((folder) => typeof this.entries.get(folder)?.content === 'string')
  #makeFolders(path: string): void {
    for (const folder of foldersAbove(path))
      if (!this.entries.has(folder)) this.entries.set(folder, { version: 0, content: null })
  }
}

const names = fc.constantFrom('a', 'b', 'a-', 'c.txt')
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const preconditions = fc.oneof(fc.constantFrom<Precondition>('none', 'none', 'absent', 'present'), fc.integer({ min: 1, max: 3 }))
const operations = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('save' as const), path: paths, content: fc.string(), precondition: preconditions }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('folder' as const), path: paths }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      path: paths,
      precondition: fc.constantFrom<Precondition>('none', 'present', 1, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), path: paths, to: paths }) },
)

test('whatever is done to a project in whatever order, it is as a simple model says, and so are the refusals', async () => {
  await using t = await openTestApp()
  const { userId } = await t.guest()
  await fc.assert(
    fc.asyncProperty(fc.array(operations, { minLength: 5, maxLength: 40 }), async (sequence) => {
      const { id } = await t.projects.createProject(userId, 'x')
      const model = new ModelProject()
      for (const operation of sequence) {
        const { path } = operation
        const [expected, actual] = await both(
          () => {
            if (operation.kind === 'save') return model.save(path, operation.content, operation.precondition)
            if (operation.kind === 'folder') return model.makeFolder(path)
            if (operation.kind === 'remove') return model.remove(path, operation.precondition)
            return model.move(path, operation.to)
          },
          async () => {
            if (operation.kind === 'save')
              return (await t.projects.saveFile(id, userId, path, Buffer.from(operation.content), operation.precondition)).entry
                .version
            if (operation.kind === 'folder') await t.projects.createFolder(id, userId, path)
            else if (operation.kind === 'remove') await t.projects.deletePath(id, userId, path, operation.precondition)
            else await t.projects.movePath(id, userId, path, operation.to)
            return undefined
          },
        )
        assert.deepEqual(actual, expected, JSON.stringify(operation))
      }
      const { items } = await t.projects.openTree(id, userId)
      assert.deepEqual(
        items.map((entry) => [entry.path, entry.version]),
        model.tree(),
      )
      for (const file of await t.projects.readAllFiles(id, userId))
        assert.equal(file.content.toString(), model.entries.get(file.path)?.content)
      const { rows } = await t.db.query({
        name: 'usage',
        text: 'SELECT used_bytes, used_entries FROM projects WHERE id = $1',
        values: [id],
      })
      assert.deepEqual(rows, [{ used_bytes: items.reduce((sum, entry) => sum + entry.sizeBytes, 0), used_entries: items.length }])
    }),
    { numRuns: 60 },
  )
})

/** The results of both, or the codes of their refusals. */
async function both(expected: () => unknown, actual: () => Promise<unknown>): Promise<[unknown, unknown]> {
  const outcome = async (work: () => unknown): Promise<unknown> => {
    try {
      return await work()
    } catch (error) {
      return error instanceof Refusal ? error.code : error
    }
  }
  return [await outcome(expected), await outcome(actual)]
}
