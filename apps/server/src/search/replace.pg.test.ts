import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Problem } from '@atelier/protocol/errors'
import { ReplaceRequest, SearchRequest } from '@atelier/protocol/search'
import { letIn } from '../access/fixtures/let-in.ts'
import { openRooms } from '../documents/fixtures/open-rooms.ts'
import { createHistory } from '../history/history.ts'
import { foundIn, newSearches, openSearchApp, searchesOf } from './fixtures/open-search-app.ts'
import { createReplacer } from './replace.ts'
import { createSearch } from './search.ts'
import { SearchThreads } from './search-threads.ts'

const by = (text: string, preserveCase = false) => ({ text, preserveCase })

test('what was previewed is what is written, match by match, and one undo takes it all back', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'key1: value1\nkey2: value2\n')
  await project.put('src/b.txt', 'key3: value3\r\nkey4: value4\r\n')
  const query = { pattern: '(\\w+): (\\w+)', regex: true, replacement: by('$2 = $1') }
  const found = foundIn(await project.search(query))
  assert.deepEqual(
    found.flatMap(({ matches }) => matches.map(({ replacement }) => replacement)),
    ['value1 = key1', 'value2 = key2', 'value3 = key3', 'value4 = key4'],
  )
  const answer = await project.replace({
    ...query,
    files: [
      { path: 'a.txt', version: 1, matches: [1] },
      { path: 'src/b.txt', version: 1, matches: 'all' },
    ],
  })
  assert.deepEqual(answer, {
    replacements: 3,
    files: [
      { path: 'a.txt', before: 1, after: 2 },
      { path: 'src/b.txt', before: 1, after: 2 },
    ],
    failed: [],
  })
  assert.equal(await project.read('a.txt'), 'key1: value1\nvalue2 = key2\n')
  assert.equal(await project.read('src/b.txt'), 'value3 = key3\r\nvalue4 = key4\r\n')
  assert.deepEqual(await project.undo(answer.files), { restored: ['a.txt', 'src/b.txt'], failed: [] })
  assert.equal(await project.read('a.txt'), 'key1: value1\nkey2: value2\n')
  assert.equal(await project.read('src/b.txt'), 'key3: value3\r\nkey4: value4\r\n')
})

test('a file that changed since it was searched is left as it is and told; the others are replaced', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  for (const path of ['a.txt', 'b.txt', 'c.txt']) await project.put(path, 'old')
  await project.put('a.txt', 'old, but changed')
  const files = ['a.txt', 'b.txt', 'c.txt', 'gone.txt'].map((path) => ({ path, version: 1, matches: 'all' as const }))
  const answer = await project.replace({ pattern: 'old', replacement: by('new'), files })
  assert.deepEqual(answer.failed.map(({ path, code }) => [path, code]).sort(), [
    ['a.txt', 'version-mismatch'],
    ['gone.txt', 'not-found'],
  ])
  assert.deepEqual(
    answer.files.map(({ path }) => path),
    ['b.txt', 'c.txt'],
  )
  assert.equal(await project.read('a.txt'), 'old, but changed')
})

test('undo restores what nobody has changed since, and says what somebody has', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  for (const path of ['a.txt', 'b.txt', 'c.txt']) await project.put(path, 'old')
  const files = ['a.txt', 'b.txt', 'c.txt'].map((path) => ({ path, version: 1, matches: 'all' as const }))
  const answer = await project.replace({ pattern: 'old', replacement: by('new'), files })
  await project.put('b.txt', 'newer')
  await project.person.request('DELETE', `${project.at}/files/c.txt`)
  const undone = await project.undo(answer.files)
  assert.deepEqual(undone.restored, ['a.txt'])
  assert.deepEqual(undone.failed.map(({ path, code }) => [path, code]).sort(), [
    ['b.txt', 'version-mismatch'],
    ['c.txt', 'not-found'],
  ])
  assert.deepEqual([await project.read('a.txt'), await project.read('b.txt')], ['old', 'newer'])
  const again = await project.undo(answer.files)
  assert.deepEqual([again.restored, again.failed.length], [[], 3])
})

test('what would exceed a limit is refused before anything is written', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'small a')
  await project.put('b.txt', 'a'.repeat(40_000))
  const files = ['a.txt', 'b.txt'].map((path) => ({ path, version: 1, matches: 'all' as const }))
  const refused = await project.post('/replacements', { pattern: 'a', replacement: by('x'.repeat(9000)), files })
  assert.equal(refused.statusCode, 413)
  assert.match(Problem.parse(refused.json()).detail, /"b\.txt" would have more than 32 MB.*Nothing was replaced/)
  assert.equal(await project.read('a.txt'), 'small a')
  // Each file alone would fit; together they are more than a project holds.
  const many = Array.from({ length: 18 }, (_, n) => `many/${n}.txt`)
  for (const path of many) await project.put(path, 'b'.repeat(3200))
  const all = many.map((path) => ({ path, version: 1, matches: 'all' as const }))
  const full = await project.post('/replacements', { pattern: 'b', replacement: by('y'.repeat(9500)), files: all })
  assert.equal(full.statusCode, 413)
  assert.match(Problem.parse(full.json()).detail, /500 MB/)
  assert.equal(await project.read('many/0.txt'), 'b'.repeat(3200))
})

test('what the owner’s tier has no room for is refused before anything is written, too', async () => {
  await using t = await openSearchApp({ tiers: '{"guest": {"storageBytes": 10000}}' })
  const project = await newSearches(t)
  for (const path of ['a.txt', 'b.txt', 'c.txt']) await project.put(path, 'a'.repeat(30))
  const files = ['a.txt', 'b.txt', 'c.txt'].map((path) => ({ path, version: 1, matches: 'all' as const }))
  const refused = await project.post('/replacements', { pattern: 'a', replacement: by('x'.repeat(150)), files })
  assert.equal(refused.statusCode, 413)
  assert.match(Problem.parse(refused.json()).detail, /the tier "guest"/)
  assert.equal(await project.read('a.txt'), 'a'.repeat(30))
  const fits = await project.replace({ pattern: 'a', replacement: by('x'.repeat(100)), files })
  assert.equal(fits.files.length, 3)
})

test('viewers and strangers replace nothing, and take nothing back', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'old')
  const [viewer, stranger] = [await t.guest(), await t.guest()]
  await letIn(t.db, project.id, viewer.userId, 'viewer')
  const request = { pattern: 'old', replacement: by('new'), files: [{ path: 'a.txt', version: 1, matches: 'all' }] }
  for (const [person, status] of [
    [viewer, 403],
    [stranger, 404],
  ] as const) {
    const theirs = searchesOf(project.id, person)
    assert.equal((await theirs.post('/replacements', request)).statusCode, status)
    const undo = { files: [{ path: 'a.txt', before: 1, after: 1 }] }
    assert.equal((await theirs.post('/replacements/undo', undo)).statusCode, status)
  }
  assert.equal(await project.read('a.txt'), 'old')
})

test('an open document gets the smallest change, and what is typed meanwhile stays', async () => {
  await using rooms = await openRooms({ pace: { restMs: 3_600_000, everyMs: 3_600_000 } })
  const { id, token, userId } = await rooms.project('a.txt', 'one old two\n')
  const page = await (await rooms.tab(token)).open(id, 'a.txt').opened()
  const { db, blobs, projects } = rooms
  const threads = new SearchThreads(silentLog)
  try {
    const history = createHistory({ db, blobs, projects, takeWritten: async () => {}, log: silentLog })
    const search = createSearch({ projects, threads, log: silentLog })
    const replacer = createReplacer({ db, projects, history, threads })
    const signal = new AbortController().signal
    const found = foundIn(await Array.fromAsync(await search.search(id, userId, SearchRequest.parse({ pattern: 'old' }), signal)))
    const request = ReplaceRequest.parse({
      ...{ pattern: 'old', replacement: by('new') },
      files: found.map(({ path, version }) => ({ path, version, matches: 'all' })),
    })
    page.type(0, 'zero ')
    await page.until('it is stored', ({ replica }) => replica.isSaved)
    const late = await replacer.replace(id, userId, request, signal)
    assert.deepEqual(
      late.failed.map(({ code }) => code),
      ['version-mismatch'],
    )
    const { version } = await projects.readEntry(id, userId, 'a.txt')
    const answer = await replacer.replace(id, userId, { ...request, files: [{ path: 'a.txt', version, matches: 'all' }] }, signal)
    await page.until('the replacement is here', ({ text }) => text === 'zero one new two\n')
    assert.equal(page.message('closed'), undefined)
    assert.deepEqual(await replacer.undo(id, userId, answer.files), { restored: ['a.txt'], failed: [] })
    await page.until('it is taken back', ({ text }) => text === 'zero one old two\n')
  } finally {
    await threads.close()
  }
})

test('a request that names a file twice, no file, or matches that are no numbers is refused', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'old old')
  const file = { path: 'a.txt', version: 1, matches: 'all' }
  const base = { pattern: 'old', replacement: by('new') }
  for (const files of [[file, file], [], [{ ...file, matches: [-1] }], [{ ...file, matches: [] }], [{ ...file, version: 0 }]])
    assert.equal((await project.post('/replacements', { ...base, files })).statusCode, 400)
  const beyond = await project.replace({ ...base, files: [{ ...file, matches: [0, 7] }] })
  assert.deepEqual([beyond.replacements, beyond.failed[0]?.code], [0, 'version-mismatch'])
  assert.equal(await project.read('a.txt'), 'old old')
})

test('ten thousand matches are replaced by one request, and taken back by another', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  const paths = Array.from({ length: 200 }, (_, n) => `${n % 20}/${n}.txt`)
  await Promise.all(paths.map((path) => project.put(path, 'old '.repeat(50))))
  const found = foundIn(await project.search({ pattern: 'old' }))
  const all = Array.from({ length: 50 }, (_, match) => match)
  const files = found.map(({ path, version }) => ({ path, version, matches: all }))
  const answer = await project.replace({ pattern: 'old', replacement: by('new'), files })
  assert.deepEqual([answer.replacements, answer.files.length, answer.failed], [10_000, 200, []])
  assert.equal(await project.read('7/7.txt'), 'new '.repeat(50))
  const undone = await project.undo(answer.files)
  assert.deepEqual([undone.restored.length, undone.failed], [200, []])
  assert.equal(await project.read('7/7.txt'), 'old '.repeat(50))
})

test('as many files as a project can have may be named', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  const files = Array.from({ length: 10_000 }, (_, n) => ({ path: `a long folder name/${n}.txt`, version: 1, matches: 'all' }))
  const answer = await project.replace({ pattern: 'old', replacement: by('new'), files })
  assert.equal(answer.failed.length, 10_000)
  const undone = await project.undo(files.map(({ path }) => ({ path, before: 1, after: 2 })))
  assert.equal(undone.failed.length, 10_000)
})
