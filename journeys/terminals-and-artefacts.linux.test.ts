/** A program in a terminal, over a WebSocket; and the files that a program leaves, fetched by its user and by nobody else. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { Guest, textOf } from './guest.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

test('a program in a terminal sees its size change and reads a line that was typed and corrected', async () => {
  const guest = await Guest.of(server)
  const text = [
    'import os, signal',
    'print(os.get_terminal_size(), os.isatty(0), os.isatty(2), flush=True)',
    'signal.signal(signal.SIGWINCH, lambda *_: print(os.get_terminal_size(), flush=True))',
    'print("hello", input("who? "))',
  ].join('\n')
  const { id } = await guest.start(text, { terminal: { columns: 100, rows: 30 } })
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/executions/${id}/stream`, {
    headers: { authorization: `Bearer ${guest.token}` },
  })
  let seen = ''
  const tell = (command: object) => socket.send(JSON.stringify(command))
  socket.on('message', (data) => {
    const event = JSON.parse(String(data)) as { type: string; data?: string }
    if (event.type !== 'output') return
    const before = seen
    seen += event.data
    const nowHas = (words: string) => seen.includes(words) && !before.includes(words)
    if (nowHas('who? ')) tell({ type: 'resize', columns: 40, rows: 10 })
    if (nowHas('columns=40')) tell({ type: 'stdin', data: 'Adx\u007fa\n' })
  })
  await new Promise((resolve) => socket.once('close', resolve))
  assert.match(seen, /columns=100, lines=30\) True True/)
  assert.match(seen, /columns=40, lines=10\)/)
  assert.match(seen, /hello Ada\r\n$/)
  assert.equal(await guest.refusal(`/api/v1/executions/${id}/resize`, { json: { columns: 0, rows: 10 } }), '400 invalid-request')
  assert.equal(await guest.refusal(`/api/v1/executions/${id}/resize`, { json: { columns: 9, rows: 9 } }), '409 execution-ended')
})

test('what a program leaves is listed with its result and can be fetched as bytes, by its user alone', async () => {
  const guest = await Guest.of(server)
  const text = [
    'import os',
    'os.makedirs("out"); open("out/a b.bin", "wb").write(bytes(range(256)))',
    'os.symlink("/etc/passwd", "passwd"); open("main.py", "a").write("# more")',
    'raise SystemExit(4)',
  ].join('\n')
  const { id } = await guest.start(text, { artefacts: true })
  const { result } = await guest.finish(id)
  assert.deepEqual(result?.artefacts, {
    files: [
      { path: 'main.py', sizeBytes: text.length + 6 },
      { path: 'out/a b.bin', sizeBytes: 256 },
    ],
    areAll: false,
  })
  const path = `/api/v1/executions/${id}/artefacts/out/a%20b.bin`
  const response = await guest.ask(path)
  assert.deepEqual(
    new Uint8Array(await response.arrayBuffer()),
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  )
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment/)
  assert.equal(await (await Guest.of(server)).refusal(path), '404 not-found')
  for (const wrong of ['passwd', 'out', '..%2f..%2fetc/passwd', '%00', 'out/a%20b.bin/'])
    assert.equal(await guest.refusal(`/api/v1/executions/${id}/artefacts/${wrong}`), '404 not-found', wrong)
})

test('without asking, nothing is kept of what a program leaves', async () => {
  const guest = await Guest.of(server)
  const output = await guest.finish((await guest.start('open("x", "w").write("x"); print("ok")')).id)
  assert.equal(textOf(output), 'ok\n')
  assert.equal(output.result?.artefacts, undefined)
})
