import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTiers, TierError, tierOfKind, usualTiers } from './quota-tiers.ts'

test('a setting changes single numbers of a tier, and adds tiers that are like others', () => {
  const tiers = readTiers('{"guest": {"executionsPerHour": 5}, "class": {"like": "guest", "storageBytes": 1000}, "plain": {}}')
  assert.deepEqual(tiers.get('guest'), { name: 'guest', ...usualTiers.guest, executionsPerHour: 5 })
  assert.deepEqual(tiers.get('class'), { name: 'class', ...usualTiers.guest, executionsPerHour: 5, storageBytes: 1000 })
  assert.deepEqual(tiers.get('plain'), { name: 'plain', ...usualTiers.free })
  assert.equal(readTiers('{"free": {"storageBytes": null}}').get('free')?.storageBytes, null)
  assert.deepEqual([...readTiers(undefined).keys()], ['stranger', 'guest', 'free', 'premium'])
})

test('tiers may stand in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-tiers-'))
  try {
    await writeFile(join(folder, 'tiers.json'), '{"free": {"projects": 3}}')
    assert.equal(readTiers(join(folder, 'tiers.json')).get('free')?.projects, 3)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('what is wrong with tiers is told before the server starts', () => {
  for (const [text, sentence] of [
    ['{', /JSON/],
    ['/nowhere/tiers.json', /no file "\/nowhere/],
    ['{"Guest": {}}', /name of a tier/],
    ['{"guest": {"executionsPerYear": 1}}', /executionsPerYear/],
    ['{"guest": {"projects": -1}}', /guest\.projects/],
    ['{"guest": {"projects": 1.5}}', /guest\.projects/],
    ['{"a": {"like": "b"}}', /like "b"/],
    ['[]', /./],
  ] as const)
    assert.throws(
      () => readTiers(text),
      (error) => error instanceof TierError && sentence.test(error.message),
      text,
    )
})

test('guests, accounts and administrators have a tier without anybody giving one', () => {
  assert.deepEqual(
    [
      tierOfKind({ kind: 'guest', admin: false }),
      tierOfKind({ kind: 'account', admin: false }),
      tierOfKind({ kind: 'account', admin: true }),
    ],
    ['guest', 'free', 'premium'],
  )
})
