import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  choiceSetting,
  choicesSetting,
  helpOf,
  markdownOf,
  numberSetting,
  readFlags,
  readSettings,
  SettingError,
  textSetting,
  webAddressSetting,
} from './settings.ts'

const table = {
  port: numberSetting({ env: 'PORT', flag: 'port', default: 3000, min: 1, max: 65_535, meaning: 'Port' }),
  level: choiceSetting({ env: 'LEVEL', flag: 'log-level', default: 'info', choices: ['info', 'silent'], meaning: 'How much' }),
  folder: textSetting({ env: 'FOLDER', default: undefined, meaning: 'Folder' }),
}
const read = (args: string[], environment: Record<string, string> = {}) =>
  readSettings(table, { flags: readFlags(table, args).flags, environment })
const saying = (pattern: RegExp) => (error: unknown) => error instanceof SettingError && pattern.test(error.message)

test('flags are written with a space or an equals sign; the last one counts', () => {
  assert.deepEqual(readFlags(table, ['--port', '1', '--log-level=silent', '--port=2']), {
    flags: { port: '2', 'log-level': 'silent' },
    help: false,
  })
  assert.deepEqual(readFlags(table, ['-h']), { flags: {}, help: true })
  assert.deepEqual(readFlags(table, ['--port=']).flags, { port: '' })
  assert.equal(read(['--port', '80'], { FOLDER: 'a=b' }).folder, 'a=b')
})

test('what is no flag of the table is refused with those that are', () => {
  for (const arg of ['--prot', 'port', '-p', '--', '---port', '--PORT', '--folder', '--__proto__', '--constructor=1'])
    assert.throws(() => readFlags(table, [arg]), saying(/The options are --port, --log-level and --help\./), arg)
  assert.throws(() => readFlags(table, ['--port']), saying(/--port needs a value/))
})

test('a number is whole, in its range, and written plainly', () => {
  assert.equal(read([], { PORT: '1' }).port, 1)
  for (const text of ['0', '65536', '-1', '1.5', '1e3', '0x10', ' 1', 'NaN', 'Infinity', '٣', '9'.repeat(16)])
    assert.throws(() => read([], { PORT: text }), saying(/^PORT must be a whole number from 1 to 65535; it is/), text)
  assert.throws(() => read(['--port', '']), saying(/^--port must be/))
})

test('an empty environment variable is as good as none', () => {
  assert.deepEqual(read([], { PORT: '', LEVEL: '' }), { port: 3000, level: 'info', folder: undefined })
})

test('a choice is one of its choices, spelt so', () => {
  for (const text of ['INFO', 'info ', 'toString', '__proto__'])
    assert.throws(() => read([], { LEVEL: text }), saying(/must be one of info, silent/))
})

test('several choices stand between commas, each spelt so, and come in the order of the table', () => {
  const { parse } = choicesSetting({ env: 'WALLS', default: undefined, choices: ['low', 'middle', 'high'], meaning: 'Walls' })
  assert.deepEqual(parse('high, low'), ['low', 'high'])
  assert.deepEqual(parse('middle,middle'), ['middle'])
  for (const text of ['', 'low,', 'low;high', 'LOW', 'low,toString'])
    assert.throws(() => parse(text), /must be some of low, middle, high, separated by commas/, text)
})

test('help and the table in the documents are made from the settings', () => {
  assert.equal(helpOf(table), '  --port NUMBER            Port (3000)\n  --log-level info|silent  How much (info)')
  assert.match(
    markdownOf(table),
    /^\| Environment .*\n\|---.*\n\| `PORT` \| `--port` \| 3000 \| Port \|\n.*\n\| `FOLDER` \| {2}\| none \| Folder \|$/,
  )
})

test('a web address is one that a browser can open, of a whole host', () => {
  const { parse } = webAddressSetting({ env: 'PUBLIC_URL', default: undefined, meaning: 'Address' })
  assert.equal(parse('https://code.example.org/'), 'https://code.example.org')
  assert.equal(parse('http://192.168.1.2:3000'), 'http://192.168.1.2:3000')
  for (const text of [
    'code.example.org',
    'ftp://x',
    'https://x/path',
    'https://',
    'javascript:0',
    'https://a:b@x',
    'https://x?y',
    '',
  ])
    assert.throws(() => parse(text), /must be an address/, text)
})
