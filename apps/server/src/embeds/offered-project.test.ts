import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { offeredByForm, offeredByUs } from './offered-project.ts'

const form = (fields: [string, string][]) =>
  offeredByForm(Buffer.from(new URLSearchParams(fields).toString()), 'application/x-www-form-urlencoded')
const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

test('a form as StackBlitz takes it becomes a title and files', async () => {
  const offered = await form([
    ['project[title]', '  My\r\nproject '],
    ['project[template]', 'node'],
    ['project[files][src/main.py]', 'print(1)\r\nprint(2)\r\n'],
    ['project[files][README.md]', ''],
  ])
  assert.deepEqual(offered, {
    title: 'My project',
    files: [
      { path: 'src/main.py', content: 'print(1)\nprint(2)\n' },
      { path: 'README.md', content: '' },
    ],
  })
})

test('a form in parts is read too', async () => {
  const data = new FormData()
  data.set('project[files][a.js]', '1')
  data.set('project[files][b.js]', new File(['2'], 'b.js'))
  const sent = new Response(data)
  const bytes = Buffer.from(await sent.arrayBuffer())
  const offered = await offeredByForm(bytes, sent.headers.get('content-type') ?? '')
  assert.deepEqual(offered.files, [
    { path: 'a.js', content: '1' },
    { path: 'b.js', content: '2' },
  ])
  assert.equal(offered.title, 'Offered project')
})

test('what is no project is refused with a sentence', async () => {
  await assert.rejects(form([['project[title]', 'x']]), refusedWith('invalid-request'))
  for (const path of ['../x', '/etc/passwd', 'a//b', 'a\u0000b', '.'])
    await assert.rejects(form([[`project[files][${path}]`, 'x']]), refusedWith('invalid-path'), path)
  await assert.rejects(
    form([
      ['project[files][a]', '1'],
      ['project[files][a/b]', '2'],
    ]),
    refusedWith('invalid-path'),
  )
  await assert.rejects(form([['project[files][a]', 'x'.repeat(600_000)]]), refusedWith('too-large'))
  await assert.rejects(
    form(Array.from({ length: 101 }, (_, n): [string, string] => [`project[files][${n}]`, 'x'])),
    refusedWith('too-large'),
  )
  for (const [part, type] of [
    ['a=1&', 'application/x-www-form-urlencoded'],
    ['\r\n--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1', 'multipart/form-data; boundary=x'],
  ] as const)
    await assert.rejects(offeredByForm(Buffer.from(part.repeat(1000)), type), /more than 500 fields/)
  await assert.rejects(offeredByForm(Buffer.from('x'), 'multipart/form-data; boundary=y'), refusedWith('invalid-request'))
  await assert.rejects(offeredByForm(Buffer.from('x'), 'text/plain'), refusedWith('invalid-request'))
  for (const json of ['', '{}', '{"title":1,"files":[]}', '[]', '{"title":"x","files":[{"path":"a"}]}'])
    assert.throws(() => offeredByUs(json), refusedWith('invalid-request'), json)
})

test('a title without meaning is replaced, a long one is cut', async () => {
  const titled = async (title: string) =>
    (
      await form([
        ['project[title]', title],
        ['project[files][a]', ''],
      ])
    ).title
  assert.equal(await titled('\u0007'), 'Offered project')
  assert.equal([...(await titled('é'.repeat(10_000)))].length, 120)
})
