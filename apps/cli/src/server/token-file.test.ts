import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findToken, keepToken, tokenFileOf } from './token-file.ts'

const one = new URL('http://localhost:3000')
const two = new URL('https://code.example.org/atelier')

async function freshFile(t: { after(clean: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'config', 'atelier', 'sessions.json')
}

test('each server has its own token', async (t) => {
  const file = await freshFile(t)
  assert.equal(await findToken(file, one), null)
  await keepToken(file, one, 'first')
  await keepToken(file, two, 'second')
  assert.deepEqual([await findToken(file, one), await findToken(file, two)], ['first', 'second'])
  await keepToken(file, one, 'renewed')
  assert.deepEqual([await findToken(file, one), await findToken(file, two)], ['renewed', 'second'])
})

test('only the owner can read the tokens, and nothing is left beside them', async (t) => {
  const file = await freshFile(t)
  await keepToken(file, one, 'secret')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await stat(dirname(file))).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(dirname(file)), ['sessions.json'])
})

test('a broken file holds no tokens, and is replaced by a good one', async (t) => {
  const file = await freshFile(t)
  await keepToken(file, one, 'x')
  for (const broken of [
    '',
    '{',
    'null',
    '[]',
    '{"http://localhost:3000/": 7}',
    '{"__proto__": {"http://localhost:3000/": "y"}}',
  ]) {
    await writeFile(file, broken)
    assert.equal(await findToken(file, one), null, broken)
  }
  await keepToken(file, one, 'good')
  assert.equal(await findToken(file, one), 'good')
})

test('the file is in XDG_CONFIG_HOME, else in ~/.config', () => {
  assert.equal(tokenFileOf({ XDG_CONFIG_HOME: '/etc/mine', HOME: '/home/ada' }), '/etc/mine/atelier/sessions.json')
  assert.equal(tokenFileOf({ HOME: '/home/ada' }), '/home/ada/.config/atelier/sessions.json')
  assert.equal(tokenFileOf({ XDG_CONFIG_HOME: 'relative', HOME: '/home/ada' }), '/home/ada/.config/atelier/sessions.json')
})
