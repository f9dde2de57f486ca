import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Problem } from '@atelier/protocol/errors'
import { SearchRequest, searchLimits } from '@atelier/protocol/search'
import { letIn } from '../access/fixtures/let-in.ts'
import { openRooms } from '../documents/fixtures/open-rooms.ts'
import { endOf, foundIn, newSearches, openSearchApp, searchesOf } from './fixtures/open-search-app.ts'
import { createSearch } from './search.ts'
import { SearchThreads } from './search-threads.ts'

const codeOf = (answer: { json(): unknown }): string => Problem.parse(answer.json()).code

test('a search tells each file that has matches, and at the end what it has seen', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'the needle\n')
  await project.put('src/b.txt', 'needle and Needle\n')
  await project.put('c.txt', 'hay')
  await project.put('picture.bin', Buffer.from([1, 0, 2]))
  await project.put('latin.txt', Buffer.from([0x6e, 0xe9]))
  const events = await project.search({ pattern: 'needle' })
  assert.deepEqual(
    foundIn(events).map(({ path, version, matches }) => [path, version, matches.map(({ line, column }) => [line, column])]),
    [
      ['a.txt', 1, [[1, 5]]],
      [
        'src/b.txt',
        1,
        [
          [1, 1],
          [1, 12],
        ],
      ],
    ],
  )
  const skipped = { notText: 2, ignored: 0, tookTooLong: 0, unreadable: 0 }
  assert.deepEqual(endOf(events), { type: 'end', files: 5, matches: 3, inFiles: 2, skipped, cut: null })
})

test('globs and ignore files say where a search looks', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  for (const path of ['a.ts', 'b.js', 'src/c.ts', 'dist/d.ts']) await project.put(path, 'needle')
  await project.put('.gitignore', 'dist/\n')
  const paths = async (more: object) => foundIn(await project.search({ pattern: 'needle', ...more })).map(({ path }) => path)
  assert.deepEqual(await paths({}), ['a.ts', 'b.js', 'src/c.ts'])
  assert.deepEqual(await paths({ useIgnoreFiles: false, include: ['*.ts'] }), ['a.ts', 'dist/d.ts', 'src/c.ts'])
  assert.deepEqual(await paths({ exclude: ['src', '*.js'] }), ['a.ts'])
  assert.equal(endOf(await project.search({ pattern: 'needle' })).skipped.ignored, 1)
})

test('a large file in one line is searched, and what is told of it stays short', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('line.json', Buffer.from(`${'x'.repeat(31 * 1024 * 1024)}needle`))
  for (const request of [{ pattern: 'needle' }, { pattern: 'ne+dle', regex: true }]) {
    const [found] = foundIn(await project.search(request))
    assert.equal(found?.matches[0]?.column, 31 * 1024 * 1024 + 1)
    assert.ok((found?.matches[0]?.text.length ?? 0) <= searchLimits.previewLength)
  }
})

test('more matches than ten thousand are not told, and the search says so', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'a\n'.repeat(6000))
  await project.put('b.txt', 'a\n'.repeat(6000))
  await project.put('c.txt', 'a\n')
  const events = await project.search({ pattern: 'a' })
  const { matches, cut } = endOf(events)
  assert.deepEqual([matches, cut], [searchLimits.matches, 'matches'])
  assert.deepEqual(
    foundIn(events).map(({ path, cut }) => [path, cut]),
    [
      ['a.txt', null],
      ['b.txt', 'matches'],
    ],
  )
})

test('what is on the screens is found, and has the version that a replacement needs', async () => {
  await using rooms = await openRooms({ pace: { restMs: 3_600_000, everyMs: 3_600_000 } })
  const { id, token, userId } = await rooms.project('a.txt', 'before')
  const page = await (await rooms.tab(token)).open(id, 'a.txt').opened()
  page.type(0, 'typed needle ')
  await page.until('it is stored', ({ replica }) => replica.isSaved)
  const threads = new SearchThreads(silentLog)
  try {
    const search = createSearch({ projects: rooms.projects, threads, log: silentLog })
    const request = SearchRequest.parse({ pattern: 'needle' })
    const events = await Array.fromAsync(await search.search(id, userId, request, new AbortController().signal))
    const [found] = foundIn(events)
    assert.equal(found?.matches[0]?.text, 'typed needle before')
    assert.equal(found?.version, (await rooms.projects.readEntry(id, userId, 'a.txt')).version)
  } finally {
    await threads.close()
  }
})

test('a pattern that is none is refused with the reason, before anything is told', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  const answer = await project.post('/search', { pattern: '(a', regex: true })
  assert.equal(answer.statusCode, 400)
  const { errors } = Problem.parse(answer.json())
  assert.equal(errors?.[0]?.pointer, '/pattern')
  assert.match(errors?.[0]?.detail ?? '', /missing closing/)
  for (const request of [
    { pattern: '' },
    { pattern: 'a'.repeat(searchLimits.patternLength + 1) },
    { pattern: 'a'.repeat(900_000) },
    { pattern: 'a', include: Array(searchLimits.globs + 1).fill('*') },
    { pattern: 'a', include: ['*'.repeat(searchLimits.globLength + 1)] },
    { pattern: 1 },
    { pattern: 'a', more: true },
  ])
    assert.equal(codeOf(await project.post('/search', request)), 'invalid-request')
  assert.equal(codeOf(await project.post('/search', { pattern: 'a'.repeat(1_100_000) })), 'too-large')
  assert.equal(t.threads.counts.running, 0)
})

test('a NUL, a lone surrogate and hostile globs are searched for like anything else', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a/b/c.txt', 'text')
  for (const request of [
    { pattern: '\u0000' },
    { pattern: '\ud800', regex: true },
    { pattern: '\\x00', regex: true },
    { pattern: '\ud800' },
    { pattern: 'text', include: ['**/'.repeat(80)], exclude: [`${'*a'.repeat(120)}x`, '{'.repeat(200), '[z-a]'] },
  ])
    assert.ok(endOf(await project.search(request)).matches <= 1)
})

test('names of files and texts of lines come as they are: showing them is for whoever shows them', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put(encodeURIComponent('<img src=x onerror=alert(1)>.txt'), '<script>needle</script>')
  const [found] = foundIn(await project.search({ pattern: 'needle' }))
  assert.deepEqual([found?.path, found?.matches[0]?.text], ['<img src=x onerror=alert(1)>.txt', '<script>needle</script>'])
})

test('who may read may search; for a stranger there is no such project', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  await project.put('a.txt', 'needle')
  const [viewer, stranger] = [await t.guest(), await t.guest()]
  await letIn(t.db, project.id, viewer.userId, 'viewer')
  assert.equal(foundIn(await searchesOf(project.id, viewer).search({ pattern: 'needle' })).length, 1)
  assert.equal((await searchesOf(project.id, stranger).post('/search', { pattern: 'needle' })).statusCode, 404)
})

test('a search that nobody waits for any more leaves no thread at work, whatever it was doing', async () => {
  await using t = await openSearchApp()
  const project = await newSearches(t)
  // Each find looks to the end of the line: many seconds of work.
  await project.put('a.txt', 'a'.repeat(30_000_000))
  const port = await t.listen()
  const heavy = { pattern: 'a.*z|a', regex: true }
  const stop = new AbortController()
  const asked = fetch(`http://127.0.0.1:${port}${project.at}/search`, {
    ...{ method: 'POST', body: JSON.stringify(heavy), signal: stop.signal },
    headers: { 'content-type': 'application/json', authorization: project.person.authorization },
  }).then((answer) => answer.text())
  await until(() => t.threads.counts.running === 1 && t.threads.counts.threads === 1)
  stop.abort()
  await assert.rejects(asked)
  await until(() => t.threads.counts.running === 0 && t.threads.counts.threads === 0)
})

const stuck = new URL('./fixtures/stuck-worker.ts', import.meta.url)

test('a file that takes too long is left out and counted; the search goes on with the others, in a new thread', async () => {
  await using t = await openSearchApp({ program: stuck, answerWithinMs: 3000 })
  const project = await newSearches(t)
  await project.put('stuck.txt', 'a')
  await project.put('tail.txt', Buffer.alloc(3_000_000))
  const { files, skipped } = endOf(await project.search({ pattern: 'a' }))
  assert.deepEqual([files, skipped.tookTooLong, skipped.notText], [2, 1, 1])
})

test('a search that has run for its whole time ends, and says so', async () => {
  await using t = await openSearchApp({ program: stuck, withinMs: 3000 })
  const project = await newSearches(t)
  await project.put('stuck.txt', 'a')
  assert.equal(endOf(await project.search({ pattern: 'a' })).cut, 'time')
  const { running, threads } = t.threads.counts
  assert.deepEqual([running, threads], [0, 0])
})

test('of fifty searches at once a person gets some, one after the other, and the rest are refused; nobody else is held up', async () => {
  await using t = await openSearchApp()
  const [greedy, other] = [await newSearches(t), await newSearches(t)]
  for (const project of [greedy, other]) await project.put('a.txt', 'needle')
  const asked = Array.from({ length: 50 }, () => greedy.post('/search', { pattern: 'needle' }))
  const mine = other.post('/search', { pattern: 'needle' })
  const answers = await Promise.all(asked)
  const statuses = new Set(answers.map(({ statusCode }) => statusCode))
  assert.deepEqual([...statuses].sort(), [200, 429])
  const refused = answers.find(({ statusCode }) => statusCode === 429)
  assert.equal(refused?.headers['retry-after'], '2')
  assert.equal((await mine).statusCode, 200)
  const { running, waiting, threads } = t.threads.counts
  assert.deepEqual([running, waiting, threads <= 2], [0, 0, true])
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}
