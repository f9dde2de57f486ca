import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Problem } from '@atelier/protocol/errors'
import { openTestApp } from './fixtures/open-test-app.ts'

/** As they stand in a JSON body. */
const badPaths = [
  '',
  '.',
  '..',
  '../x',
  'a/../b',
  'a/..',
  './a',
  '/etc/passwd',
  '//a',
  'a//b',
  'a/',
  'nul\u0000.py',
  'back\\slash',
  '..\\..\\x',
  'new\nline',
  'carriage\rreturn',
  'tab\t',
  'delete\u007f',
  'x'.repeat(300),
  `${'x/'.repeat(140)}x`,
  `${'d/'.repeat(20)}x`,
  '😀'.repeat(70),
  'e\u0301',
  '\u202egnp.exe',
  'zero\u200bwidth',
  '\ufeffbom',
  'line\u2028separator',
  '-rf',
  'a/-rf',
  'dot.',
  'space ',
  ' space',
  'a/b ./c',
]

/** As they stand in the first line of a request, where no client has tidied them up. */
const badAddresses = [
  '../x',
  '../../../../../../etc/passwd',
  '%2e%2e/x',
  '%2e%2e%2fx',
  '..%2fx',
  '..%2F..%2Fx',
  'a%2fb',
  '%2fetc%2fpasswd',
  '/etc/passwd',
  'a%5cb',
  'a\\b',
  'x%00.py',
  'x%0a.py',
  'x%0d%0ay',
  'x%ff',
  'x%c0%ae%c0%ae',
  'x%ed%a0%80',
  'x%zz',
  'x%',
  'x%2',
  'x'.repeat(300),
  'e%CC%81',
  '-rf',
  'a/-rf',
  '.',
  '..',
  'a/./b',
  'a/',
  '',
  '#x',
]

test('every bad path is refused as invalid-path wherever a path may be sent, and nothing is made', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x', 'welcome')
  const address = `/api/v1/projects/${id}`
  const before = (await guest.request('GET', `${address}/files`)).body
  for (const path of badPaths) {
    const sent = [
      ['POST', '/folders', { path }],
      ['POST', '/move', { from: 'main.py', to: path }],
      ['POST', '/move', { from: path, to: 'x' }],
    ] as const
    for (const [method, rest, payload] of sent) {
      const answer = await guest.request(method, address + rest, { payload })
      assert.equal(answer.statusCode, 400, JSON.stringify(payload))
      assert.equal(Problem.parse(answer.json()).code, 'invalid-path', JSON.stringify(payload))
    }
    // Clients tidy up dots before they send: those addresses are in the next test, over a bare socket.
    if (!path.split('/').some((name) => /^\.*$/.test(name))) {
      const url = `${address}/files/${path.split('/').map(encodeURIComponent).join('/')}`
      const answer = await guest.request('PUT', url, { payload: 'x' })
      assert.equal(answer.statusCode, 400, url)
      assert.equal(Problem.parse(answer.json()).code, 'invalid-path', url)
    }
    await assert.rejects(t.projects.readFile(id, guest.userId, path), /\. /)
  }
  assert.equal((await guest.request('GET', `${address}/files`)).body, before)
})

test('every bad address, sent as it is over a socket, is refused as invalid-path', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x', 'welcome')
  const port = await t.listen()
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
    for (const rest of badAddresses) {
      const target = `/api/v1/projects/${id}/files/${rest}`
      const answer = await ask(
        port,
        `${method} ${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${guest.authorization}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      )
      assert.match(answer, /^HTTP\/1\.1 400 /, `${method} ${rest}: ${answer.slice(0, 400)}`)
      if (method !== 'HEAD') assert.match(answer, /"code":"invalid-path"/, `${method} ${rest}`)
    }
  }
  assert.deepEqual((await t.projects.openTree(id, guest.userId)).items.map((entry) => entry.path).includes('main.py'), true)
})

/** Sends bytes and reads until the other side closes. */
async function ask(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  socket.write(request, 'latin1')
  await once(socket, 'close')
  return answer
}
