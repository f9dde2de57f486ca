import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { embedOptionsOf, idleParameters, usedParameters } from './embed-options.ts'

test('parameters of StackBlitz and CodeSandbox are understood in any case', () => {
  const stackblitz = embedOptionsOf({
    EMBED: '1',
    File: 'src/a.py:L3',
    hideExplorer: '1',
    terminalHeight: '25',
    theme: 'Dark',
    ctl: '1',
  })
  assert.equal(stackblitz.file, 'src/a.py')
  assert.deepEqual(
    [stackblitz.look.showsTabs, stackblitz.look.outputPercent, stackblitz.look.theme, stackblitz.look.clickToLoad],
    [false, 25, 'dark', true],
  )
  assert.deepEqual(stackblitz.look.highlights, [[3, 3]])
  assert.deepEqual(embedOptionsOf({ Highlights: '1,5-7,x,9-' }).look.highlights, [
    [1, 1],
    [5, 7],
  ])
  const codesandbox = embedOptionsOf({
    module: '/src/b.js,/c.js',
    fontsize: '20',
    moduleview: '1',
    hidenavigation: '1',
    view: 'preview',
  })
  assert.equal(codesandbox.file, 'src/b.js')
  assert.deepEqual(
    [codesandbox.look.fontPixels, codesandbox.look.runsOpenFile, codesandbox.look.showsTitle, codesandbox.look.view],
    [20, true, false, 'output'],
  )
})

test('odd parameters are as good as none', () => {
  const usual = embedOptionsOf({})
  for (const odd of [
    { theme: '"><script>', view: 'x', fontsize: '1e9', terminalheight: '-5', file: '' },
    { fontsize: ['x'], theme: { a: 1 } },
    null,
    'x',
  ])
    assert.deepEqual(embedOptionsOf(odd), usual)
  assert.equal(embedOptionsOf({ fontsize: '999' }).look.fontPixels, 32)
  assert.equal(embedOptionsOf({ run: '1', runonclick: '1' }).look.runsAtOnce, false)
})

test('every parameter is in docs/embed.md', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../docs/embed.md'), 'utf8')
  for (const name of [...usedParameters, ...idleParameters]) assert.match(text.toLowerCase(), new RegExp(`\`${name}\``), name)
})
