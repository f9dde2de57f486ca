import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandOf, createParent, type ParentCommand } from './parent.ts'

function framed(allowed: readonly string[] | null) {
  const told: [unknown, string][] = []
  const obeyed: ParentCommand[] = []
  const parentWindow = { postMessage: (message: unknown, origin: string) => told.push([message, origin]) }
  const parent = createParent({ parent: parentWindow }, allowed, (command) => obeyed.push(command))
  return { parent, parentWindow, told, obeyed }
}

test('a page that has said nothing is told that the embed is ready, and nothing else', () => {
  const { parent, told, parentWindow } = framed(null)
  parent.tell({ type: 'atelier:ready', version: 1 })
  parent.tell({ type: 'atelier:output', stream: 'stdout', text: 'secret' })
  assert.deepEqual(told, [[{ type: 'atelier:ready', version: 1 }, '*']])
  parent.hear({ source: parentWindow, origin: 'https://docs.example', data: { type: 'atelier:hello' } })
  parent.tell({ type: 'atelier:output', stream: 'stdout', text: 'x' })
  assert.deepEqual(told.at(-1), [{ type: 'atelier:output', stream: 'stdout', text: 'x' }, 'https://docs.example'])
})

test('only the page around the embed is heard, from an origin that is allowed', () => {
  const { parent, parentWindow, obeyed, told } = framed(['https://docs.example'])
  const data = { type: 'atelier:run' }
  parent.hear({ source: {}, origin: 'https://docs.example', data })
  parent.hear({ source: parentWindow, origin: 'https://evil.example', data })
  parent.hear({ source: parentWindow, origin: 'null', data })
  parent.tell({ type: 'atelier:started' })
  assert.deepEqual([obeyed, told], [[], []])
  parent.hear({ source: parentWindow, origin: 'https://docs.example', data })
  assert.deepEqual(obeyed, [data])
})

test('messages in another form are not for us', () => {
  for (const odd of [
    null,
    'atelier:run',
    { type: 'run' },
    { type: 'atelier:setFiles' },
    { type: 'atelier:setFiles', files: {} },
    { type: 'atelier:setFiles', files: { a: 1 } },
    { type: 'atelier:setFiles', files: { '': 'x' } },
    { type: 'atelier:setFiles', files: { a: 'x'.repeat(600_000) } },
    { type: 'atelier:input', data: 5 },
  ])
    assert.equal(commandOf(odd), null)
  assert.deepEqual(commandOf({ type: 'atelier:setFiles', files: { 'a.py': 'x' }, open: 'a.py', more: 1 }), {
    type: 'atelier:setFiles',
    files: { 'a.py': 'x' },
    open: 'a.py',
  })
})
