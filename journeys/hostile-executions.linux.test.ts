/** Requests to run something that are wrong, greedy or repeated, and clients that vanish: refused with the reason, clamped, or survived. */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Problem } from '@atelier/protocol/errors'
import type { ExecutionOutput } from '@atelier/protocol/executions'
import { ServerStatus } from '@atelier/protocol/server-status'
import { Guest, textOf } from './guest.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer({
  environment: {
    ...{
      ATELIER_EXECUTIONS_AT_ONCE: '3',
      ATELIER_EXECUTIONS_PER_USER: '2',
      ATELIER_QUEUE_LENGTH: '2',
      ATELIER_QUEUE_WAIT_MS: '700',
    },
    ATELIER_OUTPUT_KEPT_BYTES: '65536',
  },
})
after(() => server[Symbol.asyncDispose]())
let guest: Guest

before(async () => {
  guest = await Guest.of(server)
})
afterEach(async () => {
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), /atelier_refusals_total\{code="internal"\} [1-9]/)
})

const path = '/api/v1/executions'
const endless = 'import time\nwhile True: time.sleep(1)'
const refusal = (json: unknown) => guest.refusal(path, { json })
const file = (name: string, content = '') => ({ path: name, content })

test('a language or an entry point that is not there is refused', async () => {
  for (const language of ['klingon', 'PYTHON', '', '__proto__', '../python', 'python\u0000'])
    assert.equal(await refusal({ language, files: [file('main.py')] }), '400 unknown-language', language)
  for (const entryPoint of ['other.py', 'MAIN.PY', 'main.py ', 'main'])
    assert.match(await refusal({ entryPoint, files: [file('main.py')] }), /^400 (entry-point-missing|invalid-path)$/, entryPoint)
  for (const entryPoint of [
    '../main.py',
    '/etc/passwd',
    '/project/main.py',
    'a/../main.py',
    './main.py',
    'main.py\u0000',
    '-c',
    '',
  ])
    assert.equal(await refusal({ entryPoint, files: [file('main.py')] }), '400 invalid-path', entryPoint)
})

test('files with bad paths are refused', async () => {
  const bad = [
    ...[
      '../x',
      '/x',
      '//x',
      'a/../x',
      '.',
      '..',
      '',
      'a/',
      'a//b',
      'a\\b',
      'a\u0000b',
      'a\nb',
      '\u001b[2J',
      'x'.repeat(300),
      'e\u0301',
    ],
    ...['-rf', 'a/-x', 'a ', 'a.', ' a', 'a\u202eb', '\ud800', Array(30).fill('a').join('/'), 'é'.repeat(200)],
  ]
  for (const name of bad)
    assert.equal(
      await refusal({ language: 'python', files: [file('main.py'), file(name)] }),
      '400 invalid-path',
      JSON.stringify(name),
    )
  assert.equal(await refusal({ files: [file('main.py'), file('main.py')] }), '400 invalid-path')
  assert.equal(await refusal({ files: [file('main.py'), file('main.py/x')] }), '400 invalid-path')
})

test('nonsense in limits is refused, whichever limit it is', async () => {
  for (const name of ['cpuMs', 'wallMs', 'memoryBytes', 'processes', 'diskBytes', 'outputBytes'])
    for (const value of [0, -1, 1.5, '12', null, true, [], {}, 1e300, 2 ** 60])
      assert.equal(
        await refusal({ files: [file('main.py')], limits: { [name]: value } }),
        '400 invalid-limit',
        `${name} ${JSON.stringify(value)}`,
      )
  for (const text of ['NaN', 'Infinity', '-Infinity', '1e', '0x10'])
    assert.equal(
      await guest.refusal(path, {
        body: `{"files":[{"path":"main.py","content":""}],"limits":{"wallMs":${text}}}`,
        headers: { 'content-type': 'application/json' },
      }),
      '400 malformed-json',
    )
  assert.equal(await refusal({ files: [file('main.py')], limits: { wallMS: 1 } }), '400 invalid-limit')
})

test('limits that are too large are clamped to the most that this server allows', async () => {
  const { limits } = ServerStatus.parse(await (await guest.ask('/api/v1/server')).json())
  const asked = { cpuMs: 1e9, wallMs: 1e9, memoryBytes: 1e12, processes: 1e9, diskBytes: 1e12, outputBytes: 1e12 }
  const execution = await guest.start('print(1)', { limits: asked })
  assert.deepEqual(execution.limits, limits.maximum)
  assert.equal(textOf(await guest.finish(execution.id)), '1\n')
})

test('a request that contradicts itself, or lacks what is needed, is refused', async () => {
  const main = [file('main.py')]
  for (const json of [
    ...[
      {},
      { files: [] },
      { files: main, projectId: '01a1f7b5-7b01-7702-ae37-f1373e914301' },
      { files: main, args: 'x' },
      { files: main, args: ['\u0000'] },
    ],
    ...[
      { files: main, environment: { 'A B': 'x' } },
      { files: main, environment: { A: '\u0000' } },
      { files: main, stdin: 7 },
      { files: main, extra: 1 },
    ],
    ...[
      { files: [{ path: 'main.py', content: '!', encoding: 'base64' }] },
      { files: [{ path: 'main.py', content: 'x', encoding: 'hex' }] },
      { files: Array(501).fill(file('a')) },
    ],
  ])
    assert.equal(await refusal(json), '400 invalid-request', JSON.stringify(json).slice(0, 80))
  assert.equal(await refusal({ projectId: '01a1f7b5-7b01-7702-ae37-f1373e914301' }), '404 not-found')
})

test('environment and arguments arrive exactly as sent, however strange', async () => {
  const args = ['', '-x', '--', "'; rm -rf /", '$(id)', 'é\n\t"', '{entry}', '*', '\u202e', '👩‍💻']
  const environment = { LD_PRELOAD: '/x.so', A: '$HOME\n`id`', __proto__x: 'y' }
  const execution = await guest.start(
    'import sys, os, json\nprint(json.dumps([sys.argv[1:], os.environ["A"], os.environ["__proto__x"]]))',
    { args, environment },
  )
  assert.deepEqual(JSON.parse(textOf(await guest.finish(execution.id))), [args, environment.A, 'y'])
})

test('a second run while one runs is a run of its own; the third of one user waits and is then told why not', async () => {
  const [first, second] = [await guest.start(endless), await guest.start(endless)]
  try {
    assert.notEqual(first.id, second.id)
    const third = await guest.ask(path, { json: { files: [file('main.py', 'print(1)')] } })
    assert.equal(third.status, 503)
    assert.ok(Number(third.headers.get('retry-after')) > 0)
    const problem = Problem.parse(await third.json())
    assert.equal(problem.code, 'queue-timeout')
    assert.match(problem.detail, /You have 2 programs running/)
    for (const { id } of [first, second]) assert.equal((await guest.execution(id)).state, 'running')
  } finally {
    for (const { id } of [first, second]) await guest.cancel(id)
  }
  for (const { id } of [first, second]) assert.equal((await guest.finish(id)).result?.reason, 'cancelled')
  assert.equal(textOf(await guest.finish((await guest.start('print("again")')).id)), 'again\n')
})

test('when the queue is full a request is refused at once with 503 and Retry-After, and an impatient client leaves its place', async () => {
  const others = await Promise.all([Guest.of(server), Guest.of(server)])
  const running = [await guest.start(endless), await guest.start(endless), await (others[0] ?? guest).start(endless)]
  const impatient = new AbortController()
  const json = { files: [file('main.py', 'print(1)')] }
  try {
    const waiting = others.map((other) => other.ask(path, { json, signal: impatient.signal }))
    const gone = Promise.allSettled(waiting)
    let refused: Response | undefined
    // The two are waiting as soon as a third is refused for that reason.
    for (let attempt = 0; attempt < 50 && refused?.status !== 503; attempt++)
      refused = await (others[1] ?? guest).ask(path, { json, signal: AbortSignal.timeout(60_000) })
    assert.equal(refused?.status, 503)
    assert.match(Problem.parse(await refused?.json()).code, /^queue-(full|timeout)$/)
    assert.ok(Number(refused?.headers.get('retry-after')) > 0)
    impatient.abort()
    await gone
  } finally {
    await guest.cancel(running[0]?.id ?? '')
    await guest.cancel(running[1]?.id ?? '')
    await (others[0] ?? guest).cancel(running[2]?.id ?? '')
  }
  for (const { id } of running.slice(0, 2)) await guest.finish(id)
  assert.equal(textOf(await guest.finish((await guest.start('print("free")')).id)), 'free\n')
})

test('a request that is repeated with its Idempotency-Key runs once, also when both arrive at the same moment', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  const program = 'print("once")'
  const first = await guest.start(program, {}, key)
  assert.equal((await guest.start(program, {}, key)).id, first.id)
  await guest.finish(first.id)
  assert.equal((await guest.start(program, {}, key)).id, first.id)
  const json = { language: 'python', files: [file('main.py', 'print("other")')] }
  assert.equal(await guest.refusal(path, { json, headers: key }), '422 idempotency-mismatch')
  const another = await Guest.of(server)
  assert.notEqual((await another.start(program, {}, key)).id, first.id)
  for (const bad of ['', ' ', 'a b', 'x'.repeat(300)])
    assert.equal(await guest.refusal(path, { json, headers: { 'idempotency-key': bad } }), '400 idempotency-key-invalid')

  const atOnce = { 'idempotency-key': crypto.randomUUID() }
  const answers = await Promise.all(Array.from({ length: 6 }, () => guest.ask(path, { json, headers: atOnce })))
  const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<{ id?: string; code?: string }>))
  assert.equal(new Set(bodies.flatMap(({ id }) => id ?? [])).size, 1)
  for (const [index, { status }] of answers.entries()) assert.ok(status === 202 || bodies[index]?.code === 'request-in-flight')
  assert.equal((await guest.ask(path, { json, headers: atOnce })).status, 202)
})

test('a refused request gives its Idempotency-Key back', async () => {
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const json = { language: 'klingon', files: [file('main.py')] }
  assert.equal(await guest.refusal(path, { json, headers }), '400 unknown-language')
  await guest.finish((await guest.start('print(1)', {}, headers)).id)
})

test('a program goes on when the browser that watches it is gone; whoever comes back goes on reading where it was', async () => {
  const execution = await guest.start('for i in range(6):\n    print(i, flush=True)\n    if i == 2: input()')
  const gone = new AbortController()
  const stream = await guest.ask(`${path}/${execution.id}/events`, { signal: gone.signal })
  const reader = stream.body?.getReader()
  const seen = Buffer.from((await reader?.read())?.value ?? []).toString()
  const last = [...seen.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '0'
  gone.abort()
  const rest = await guest.ask(`${path}/${execution.id}/events`, { headers: { 'last-event-id': last } })
  assert.equal((await guest.ask(`${path}/${execution.id}/stdin`, { method: 'POST', body: '\n' })).status, 204)
  const text = await rest.text()
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))
  assert.deepEqual(
    ids,
    Array.from({ length: ids.length }, (_, index) => Number(last) + 1 + index),
  )
  assert.match(text, /event: end\n/)
  assert.equal(textOf(await guest.finish(execution.id)), '0\n1\n2\n3\n4\n5\n')
})

test('a stream that was asked for with the request ends with the program; one that is broken off leaves the program running', async () => {
  const headers = { accept: 'text/event-stream' }
  const json = { language: 'python', files: [file('main.py', 'print("streamed")')] }
  assert.match(await (await guest.ask(path, { json, headers })).text(), /"data":"streamed\\n"[\s\S]*event: end\n/)
  const gone = new AbortController()
  const left = await guest.ask(path, {
    json: { language: 'python', files: [file('main.py', endless)] },
    headers,
    signal: gone.signal,
  })
  const id = left.headers.get('location')?.split('/').at(-1) ?? ''
  gone.abort()
  assert.equal((await guest.execution(id)).state, 'running')
  await guest.cancel(id)
  assert.equal((await guest.finish(id)).result?.reason, 'cancelled')
})

test('the numbers of Last-Event-ID and since may be nonsense, or far ahead', async () => {
  const { id } = await guest.start('print(1)')
  await guest.finish(id)
  for (const last of ['x', '-1', '999999999', '1e9', '99999999999999999999', "'"]) {
    const response = await guest.ask(`${path}/${id}/events`, { headers: { 'last-event-id': last } })
    assert.equal(response.status, 200)
    await response.text()
  }
  for (const since of ['x', '-1', '1.5', '1e99', 'NaN'])
    assert.equal(await guest.refusal(`${path}/${id}/output?since=${since}`), '400 invalid-request')
  assert.deepEqual(((await (await guest.ask(`${path}/${id}/output?since=999999`)).json()) as ExecutionOutput).events, [])
})

test('input for a program that does not read is taken up to a bound, then refused; it can still be stopped', async () => {
  const { id } = await guest.start(endless)
  const body = new Uint8Array(4 * 1024 * 1024)
  const answers: number[] = []
  for (let i = 0; i < 5; i++) {
    const response = await guest.ask(`${path}/${id}/stdin`, { method: 'POST', body })
    await response.text()
    answers.push(response.status)
  }
  assert.equal(answers[0], 204)
  assert.ok(answers.every((status) => status === 204 || status === 413))
  assert.equal(answers.at(-1), 413)
  await guest.cancel(id)
  assert.equal((await guest.finish(id)).result?.reason, 'cancelled')
  assert.equal(await guest.refusal(`${path}/${id}/stdin`, { method: 'POST', body }), '409 execution-ended')
})

test('input after its end, signals that do not exist, and commands to what has ended are refused', async () => {
  const { id } = await guest.start('import sys\nprint(sys.stdin.read())\nimport time\ntime.sleep(100)')
  assert.equal(
    (await guest.ask(`${path}/${id}/stdin?end=true`, { method: 'POST', body: new TextEncoder().encode('all') })).status,
    204,
  )
  assert.equal(await guest.refusal(`${path}/${id}/stdin`, { method: 'POST', body: 'more' }), '409 input-closed')
  for (const signal of ['SIGSEGV', 'sigint', '9', 9, '', null, 'SIGRTMIN'])
    assert.equal(await guest.refusal(`${path}/${id}/signal`, { json: { signal } }), '400 invalid-request')
  assert.equal((await guest.ask(`${path}/${id}/signal`, { json: { signal: 'SIGKILL' } })).status, 204)
  const { result } = await guest.finish(id)
  assert.deepEqual([result?.reason, result?.signal], ['signalled', 'SIGKILL'])
  assert.equal(await guest.refusal(`${path}/${id}/signal`, { json: { signal: 'SIGINT' } }), '409 execution-ended')
})

test('a flood keeps only its end, says how much is gone, and is ended by its limit', async () => {
  const { id } = await guest.start('import sys\nwhile True: sys.stdout.write("0123456789abcdef" * 4096)', {
    limits: { outputBytes: 4 * 1024 * 1024 },
  })
  const { events, result } = await guest.finish(id)
  assert.equal(result?.reason, 'output')
  assert.equal(result?.truncated, true)
  const again = await guest.finish(id)
  const [first] = again.events
  assert.equal(first?.type, 'truncated')
  const kept = again.events.reduce(
    (sum, event) => sum + (event.type === 'output' ? Buffer.byteLength(event.data, event.encoding) : 0),
    0,
  )
  assert.ok(kept <= 65_536 + 32_768, `${kept} bytes are kept`)
  assert.equal(kept + (first?.type === 'truncated' ? first.droppedBytes : 0), result?.outputBytes)
  assert.equal(events.at(-1)?.type, 'end')
})
