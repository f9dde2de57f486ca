import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { openRooms } from './fixtures/open-rooms.ts'

/** Files are filed only when somebody asks. */
const never = { restMs: 3_600_000, everyMs: 3_600_000 }

async function openOne(content: string | Buffer, path = 'a.txt') {
  await using undo = new AsyncDisposableStack()
  const t = undo.use(await openRooms({ pace: never }))
  const project = await t.project(path, content)
  const tab = await t.tab(project.token)
  const page = await tab.open(project.id, path).opened()
  const kept = undo.move()
  return {
    ...{ t, ...project, tab, page },
    read: async () => (await t.projects.readFile(project.id, project.userId, path)).content.toString(),
    request: (method: 'GET' | 'PUT' | 'DELETE' | 'POST', url: string, body?: string, headers: Record<string, string> = {}) =>
      t.app.inject({
        ...{ method, url: `/api/v1/projects/${project.id}/${url}` },
        headers: { authorization: `Bearer ${project.token}`, ...headers },
        ...(body === undefined ? {} : { payload: body }),
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

test('reading a file that is edited together gives what is on the screens, and so does an execution', async () => {
  await using o = await openOne('one\n')
  o.page.type(4, 'two\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  const read = await o.request('GET', 'files/a.txt')
  assert.equal(read.body, 'one\ntwo\n')
  assert.equal(read.headers.etag, '"2"')
  o.page.type(8, 'three\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  const [file] = await o.t.projects.readAllFiles(o.id, o.userId)
  assert.equal(file?.content.toString(), 'one\ntwo\nthree\n')
})

test('a fork has what is on the screens', async () => {
  await using o = await openOne('one\n')
  o.page.type(4, 'two\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  const fork = await o.t.projects.forkProject(o.id, o.userId)
  assert.equal((await o.t.projects.readFile(fork.id, o.userId, 'a.txt')).content.toString(), 'one\ntwo\n')
})

test('saving a file that is open becomes a change of its text, and keeps what others are typing', async () => {
  await using o = await openOne('one\ntwo\nthree\n')
  const put = await o.request('PUT', 'files/a.txt', 'one\n2\nthree\n', { 'if-match': '"1"' })
  assert.equal(put.statusCode, 200)
  assert.equal(put.headers.etag, '"2"')
  await o.page.until('the saved text is here', ({ text }) => text === 'one\n2\nthree\n')
  o.page.type(0, 'zero\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  const late = await o.request('PUT', 'files/a.txt', 'nothing\n', { 'if-match': '"2"' })
  assert.equal(late.statusCode, 412)
  assert.equal(late.json().version, 3)
  assert.equal(o.page.text, 'zero\none\n2\nthree\n')
  const same = await o.request('PUT', 'files/a.txt', 'zero\none\n2\nthree\n')
  assert.equal(same.headers.etag, '"4"')
  assert.equal(o.page.text, 'zero\none\n2\nthree\n')
  assert.equal(o.page.message('closed'), undefined)
})

test('what is typed while a file is saved is neither lost nor doubled', async () => {
  await using o = await openOne('start\n')
  for (let n = 0; n < 20; n++) {
    const [put] = await Promise.all([
      o.request('PUT', 'files/a.txt', `${await o.read()}put ${n}\n`),
      (async () => {
        o.page.type(0, `typed ${n}\n`)
      })(),
    ])
    assert.equal(put.statusCode, 200)
  }
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  const lines = (await o.read()).trim().split('\n')
  assert.equal(lines.length, 41)
  assert.equal(new Set(lines).size, 41)
  await o.page.until('the page has the same', ({ text }) => text.trim().split('\n').length === 41)
})

test('a file that was renamed or moved keeps its document, and one that was deleted closes it', async () => {
  await using o = await openOne('one\n', 'src/a.txt')
  const move = { from: 'src', to: 'lib' }
  assert.equal((await o.request('POST', 'move', JSON.stringify(move), { 'content-type': 'application/json' })).statusCode, 200)
  await o.page.until('the page is told', (page) => page.message('moved')?.path === 'lib/a.txt')
  o.page.type(0, 'zero\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  assert.equal((await o.request('GET', 'files/lib/a.txt')).body, 'zero\none\n')
  assert.equal((await o.request('DELETE', 'files/lib')).statusCode, 204)
  await o.page.until('the page is told', (page) => page.message('closed')?.reason === 'deleted')
  const { rows } = await o.t.db.query({ name: 'left', text: 'SELECT 1 FROM document_operations' })
  assert.equal(rows.length, 0)
})

test('a file that is moved out of a folder which is deleted in the same change keeps its document', async () => {
  await using o = await openOne('one\n', 'src/a.txt')
  o.t.files.tellChanged(o.id, o.userId, { moved: [{ from: 'src/a.txt', to: 'a.txt' }], deleted: ['src'] })
  await o.page.until('the page is told', (page) => page.message('moved')?.path === 'a.txt')
  assert.equal(o.page.message('closed'), undefined)
  o.page.type(0, 'zero\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
})

test('a file with CRLF lines is edited with LF inside, and has its line ends again in the file', async () => {
  await using o = await openOne('one\r\ntwo\r\n')
  assert.equal(o.page.text, 'one\ntwo\n')
  o.page.type(4, 'more\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  assert.equal(await o.read(), 'one\r\nmore\r\ntwo\r\n')
})

test('a file that is no text is refused with the reason, and so is one that becomes none while it is open', async () => {
  await using o = await openOne(Buffer.from([0x66, 0xff, 0x00]))
  assert.equal(o.page.errors[0]?.code, 'unsupported-media-type')
  await using other = await openOne('text\n')
  assert.equal((await other.request('PUT', 'files/a.txt', 'now\0binary')).statusCode, 200)
  await other.page.until('the page is told', (page) => page.message('closed')?.reason === 'again')
  const again = await other.tab.open(other.id, 'a.txt').opened()
  assert.equal(again.errors[0]?.code, 'unsupported-media-type')
  assert.equal(await other.read(), 'now\0binary')
})

test('a file that was saved while nobody had it open comes into its document as a change', async () => {
  await using o = await openOne('one\n')
  o.page.type(4, 'two\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  o.page.leave()
  await o.read()
  await o.t.documents.closeOne(o.id, 'a.txt', 'test')
  assert.equal((await o.request('PUT', 'files/a.txt', 'one\n2\n')).statusCode, 200)
  const again = await o.tab.open(o.id, 'a.txt').opened()
  await again.until('the saved text is here', ({ text }) => text === 'one\n2\n')
  again.replica.edit([{ at: 6, remove: 0, insert: 'three\n' }])
  await again.until('it is stored', ({ replica }) => replica.isSaved)
  assert.equal(await o.read(), 'one\n2\nthree\n')
})

test('a file that is saved past its document reaches those who have it open, and those who are opening it', async () => {
  await using o = await openOne('one\n')
  await o.t.files.saveFile(o.id, o.userId, 'a.txt', Buffer.from('one\ntwo\n'))
  await o.page.until('the saved text is here', ({ text }) => text === 'one\ntwo\n')
  await o.t.files.saveFile(o.id, o.userId, 'b.txt', Buffer.from('old\n'))
  const opening = o.tab.open(o.id, 'b.txt')
  await o.t.projects.saveFile(o.id, o.userId, 'b.txt', Buffer.from('new\n'))
  await opening.until('the saved text is here', ({ text }) => text === 'new\n')
  await o.t.files.saveFile(o.id, o.userId, 'a.txt', Buffer.from('now\0binary'))
  await o.page.until('it is no text any more', (page) => page.message('closed')?.reason === 'again')
})

test('a file that is saved past its document twice in a row, by another server too, comes into it once', async () => {
  const long = 'a line of some length\n'.repeat(20_000)
  await using o = await openOne(long)
  const latest = `two\none\n${long}`
  await o.t.files.saveFile(o.id, o.userId, 'b.txt', Buffer.from(latest))
  let second: Promise<unknown> | null = null
  // It comes when the first one is stored in the document, and the document not yet in the file.
  o.page.onChange = () => {
    second ??= o.t.db.query({
      name: 'save elsewhere',
      text: `UPDATE files a SET content = b.content, sha = b.sha, size = b.size, encoding = b.encoding, version = a.version + 1
               FROM files b WHERE a.project = $1 AND a.path = 'a.txt' AND b.project = $1 AND b.path = 'b.txt'`,
      values: [o.id],
    })
  }
  await o.t.files.saveFile(o.id, o.userId, 'a.txt', Buffer.from(`one\n${long}`))
  await o.page.until('the first has come', ({ text }) => text.includes('one\n'))
  await second
  o.page.type(o.page.replica.length, 'end')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  assert.equal((await o.read()).replace(long, ''), 'two\none\nend')
  await o.page.until('the page has the same', ({ text }) => text.replace(long, '') === 'two\none\nend')
})

test('a save that is on its way while its document closes is what the file has afterwards', async () => {
  await using o = await openOne('one\n')
  const close = () => o.t.documents.closeOne(o.id, 'a.txt', 'test')
  async function* slowly() {
    yield Buffer.from('two ')
    await close()
    yield Buffer.from('three\n')
  }
  await o.t.projects.saveFile(o.id, o.userId, 'a.txt', Readable.from(slowly()))
  assert.equal(await o.read(), 'two three\n')
  const page = await o.tab.open(o.id, 'a.txt').opened()
  assert.equal(page.text, 'two three\n')
  // The same, when it closes between the save and the change of the text.
  const closing: Promise<void>[] = []
  const stop = o.t.files.onChange(() => closing.push(close()))
  await o.t.projects.saveFile(o.id, o.userId, 'a.txt', Buffer.from('four\n'))
  stop()
  await Promise.all(closing)
  assert.equal(closing.length > 0, true)
  assert.equal(await o.read(), 'four\n')
  assert.equal((await o.tab.open(o.id, 'a.txt').opened()).text, 'four\n')
})

test('a document that nobody is in is closed when everything is filed, and opens anew with the same text', async () => {
  await using o = await openOne('one\n')
  o.page.type(0, 'zero\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  for (let round = 0; round < 5; round++) {
    const page = await o.tab.open(o.id, 'a.txt').opened()
    assert.equal(page.text, 'zero\none\n')
    page.leave()
  }
  const other = await o.t.tab(o.token)
  const page = await other.open(o.id, 'a.txt').opened()
  assert.equal(page.text, 'zero\none\n')
})

test('who may not write a file closes it for nobody and makes nothing be written, whatever they send to it', async () => {
  await using o = await openOne('one\n')
  const other = await o.t.project('b.txt', 'theirs\n')
  await o.t.db.query({
    name: 'look-on',
    text: `INSERT INTO project_members (project, user_id, role) VALUES ($1, $2, 'viewer')`,
    values: [o.id, (await o.t.project('c.txt', '')).userId],
  })
  const { rows } = await o.t.db.query<{ user_id: string }>({ name: 'viewer', text: 'SELECT user_id FROM project_members' })
  o.page.type(4, 'two\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  const version = async () =>
    (await o.t.db.query({ name: 'version', text: `SELECT version FROM files WHERE project = $1`, values: [o.id] })).rows
  const before = await version()
  const noText = Buffer.of(0xff, 0x00, 0xfe)
  for (const content of [noText, Buffer.from('mine')])
    for (const id of [o.id, o.id.toUpperCase()]) {
      await assert.rejects(o.t.projects.saveFile(id, other.userId, 'a.txt', content), { code: 'not-found' })
      await assert.rejects(o.t.projects.saveFile(id, rows[0]?.user_id ?? '', 'a.txt', content), { code: 'forbidden' })
    }
  for (const read of [
    () => o.t.projects.openTree(o.id, other.userId),
    () => o.t.projects.readEntry(o.id, other.userId, 'a.txt'),
    () => o.t.projects.readFile(o.id, other.userId, 'a.txt'),
    () => o.t.projects.openFile(o.id, other.userId, 'a.txt'),
    () => o.t.projects.readAllFiles(o.id, other.userId),
    () => o.t.projects.forkProject(o.id, other.userId, {}),
    () => o.t.projects.deletePath(o.id, other.userId, 'a.txt', 7),
  ])
    await assert.rejects(read(), { code: 'not-found' })
  assert.equal(o.page.message('closed'), undefined)
  assert.deepEqual(await version(), before)
  o.page.type(0, 'zero\n')
  await o.page.until('it is stored', ({ replica }) => replica.isSaved)
  assert.equal(await o.read(), 'zero\none\ntwo\n')
})
