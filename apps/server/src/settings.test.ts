import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { markdownOf, readFlags, readSettings, SettingError } from '@atelier/base/settings'
import { settingTable } from './settings.ts'
import { contradictionIn, tiersBeyond } from './settled-settings.ts'

const read = (args: string[], environment: Record<string, string> = {}) =>
  readSettings(settingTable, { flags: readFlags(settingTable, args).flags, environment })

test("the README's configuration table is the one that the settings make", () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
  assert.ok(readme.includes(markdownOf(settingTable)), 'run: node scripts/write-settings-table.ts')
})

test('an option wins over the environment, and the environment over the default', () => {
  assert.equal(read([]).host, '127.0.0.1')
  assert.equal(read([], { ATELIER_HOST: '0.0.0.0' }).host, '0.0.0.0')
  assert.equal(read(['--host', '::1'], { ATELIER_HOST: '0.0.0.0' }).host, '::1')
  assert.equal(read(['--port=4000']).port, 4000)
})

test('an option that does not exist, or a value that cannot be, stops the start with a sentence', () => {
  assert.throws(
    () => read(['--prot', '1']),
    (error) => error instanceof SettingError && /no option "--prot"/.test(error.message),
  )
  assert.throws(
    () => read(['--port', '99999']),
    (error) => error instanceof SettingError && /--port must be a whole number/.test(error.message),
  )
  assert.throws(() => read(['--port']), SettingError)
  assert.throws(() => read([], { LOG_LEVEL: 'loud' }), SettingError)
})

test('settings that contradict each other are named, with the cure', () => {
  assert.equal(contradictionIn(read([]), 'container'), null)
  assert.match(
    contradictionIn(read([], { ATELIER_WALL_MS: '400000' }), 'container') ?? '',
    /ATELIER_WALL_MS .* larger than ATELIER_WALL_MS_MAX/,
  )
})

test('a tier that allows more than the server is told of, with what its users get and the cure', () => {
  assert.deepEqual(tiersBeyond(read([])), [
    'The tier "premium" allows an execution 2048 MB of memory, and this server at most 1024 MB, which is what its users get: raise ATELIER_MEMORY_BYTES_MAX to give them more.',
  ])
  assert.deepEqual(tiersBeyond(read([], { ATELIER_MEMORY_BYTES_MAX: String(2 * 1024 ** 3) })), [])
  const [wall = '', ...others] = tiersBeyond(read([], { ATELIER_TIERS: '{"premium": {"memoryBytes": null, "wallMs": 3600000}}' }))
  assert.match(
    wall,
    /^The tier "premium" allows an execution 3600 s of wall time, and this server at most 300 s, .*ATELIER_WALL_MS_MAX/,
  )
  assert.deepEqual(others, [])
})

test('the limits in SPECIFICATION.md are those of the settings', () => {
  const specification = readFileSync(join(import.meta.dirname, '../../../SPECIFICATION.md'), 'utf8')
  const settings = new Map(Object.values(settingTable).map((setting) => [setting.env as string, setting]))
  const rows = specification.split('\n').filter((line) => /^\|.*`ATELIER_[A-Z_]+` \|/.test(line))
  assert.ok(rows.length >= 10)
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.trim())
    const at = cells.findIndex((cell) => /^`ATELIER_[A-Z_]+`$/.test(cell))
    const name = cells[at]?.replaceAll('`', '') ?? ''
    const shown = cells.slice(2, at).filter((cell) => cell !== '')
    const meant = [name, `${name}_MAX`].flatMap((env) => {
      const value = settings.get(env)?.default
      return typeof value === 'number' ? [written(value, name)] : []
    })
    assert.deepEqual(shown, meant, row)
  }
})

function written(value: number, name: string): string {
  if (name.endsWith('_MS')) return `${value / 1000} s`
  return name.endsWith('_BYTES') ? `${value / 1024 / 1024} MB` : String(value)
}
