import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestApp, type TestApp } from './fixtures/open-test-app.ts'

async function open() {
  const t = await openTestApp()
  const ada = await t.guest()
  const origin = (await ada.request('POST', '/api/v1/projects', { payload: { name: 'Origin' } })).json().id as string
  await ada.request('PUT', `/api/v1/projects/${origin}/files/a.txt`, { payload: 'a' })
  const count = async () => (await ada.request('GET', '/api/v1/projects?limit=100')).json().items.length as number
  return { t, ada, origin, count, [Symbol.asyncDispose]: () => t[Symbol.asyncDispose]() }
}

const ask = (who: Awaited<ReturnType<TestApp['guest']>>, url: string, payload: object, key: string) =>
  who.request('POST', url, { payload, headers: { 'idempotency-key': key } })

test('a project or a fork that is asked for again with its Idempotency-Key is made once, also when both arrive together', async () => {
  await using p = await open()
  for (const [url, body] of [
    ['/api/v1/projects', { name: 'One' }],
    [`/api/v1/projects/${p.origin}/forks`, { name: 'One' }],
  ] as const) {
    const before = await p.count()
    const first = await ask(p.ada, url, body, `again ${url}`.replaceAll(' ', '-'))
    const again = await ask(p.ada, url, body, `again ${url}`.replaceAll(' ', '-'))
    assert.deepEqual([first.statusCode, again.statusCode, await p.count()], [201, 201, before + 1], url)
    assert.deepEqual([again.json().id, again.headers.location], [first.json().id, first.headers.location])

    const key = `at-once-${url.length}`
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(p.ada, url, body, key)))
    const made = answers.filter(({ statusCode }) => statusCode === 201).map((answer) => answer.json().id)
    assert.equal(new Set(made).size, 1, url)
    for (const answer of answers)
      if (answer.statusCode !== 201) assert.deepEqual([answer.statusCode, answer.json().code], [409, 'request-in-flight'])
    assert.equal(await p.count(), before + 2, url)
  }
})

test('a key with another request is refused, and one that is refused gives its key back', async () => {
  await using p = await open()
  const fork = `/api/v1/projects/${p.origin}/forks`
  await ask(p.ada, fork, { name: 'One' }, 'k')
  const before = await p.count()
  for (const [url, body] of [
    [fork, { name: 'Two' }],
    [fork, {}],
    ['/api/v1/projects', { name: 'One' }],
  ] as const) {
    const refused = await ask(p.ada, url, body, 'k')
    assert.deepEqual([refused.statusCode, refused.json().code], [422, 'idempotency-mismatch'], url)
  }
  assert.equal((await ask(p.ada, fork, {}, 'two words')).json().code, 'idempotency-key-invalid')
  assert.equal(await p.count(), before)

  assert.equal((await ask(p.ada, '/api/v1/projects', { name: 'One', template: 'nonsense' }, 'free')).statusCode, 400)
  assert.equal((await ask(p.ada, '/api/v1/projects', { name: 'One' }, 'free')).statusCode, 201)
  const eve = await p.t.guest()
  assert.equal((await ask(eve, '/api/v1/projects', { name: 'Hers' }, 'k')).statusCode, 201, 'a key belongs to its user')
})
