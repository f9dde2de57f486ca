import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf } from './boundaries/imports.ts'
import { emptyNames, mayImport, serverLine } from './boundaries/rules.ts'
import { violationsOf } from './boundaries/violations.ts'

const declared = {
  '': ['fast-check', 'biome'],
  'apps/server': ['fastify', '@fastify/cookie'],
  'apps/web': ['react'],
  'packages/base': ['pino'],
}
const broken = (path: string, imported: string): string[] =>
  violationsOf({ path, text: `import { a } from '${imported}'` }, declared)
const isAllowed = (path: string, imported: string): void => assert.deepEqual(broken(path, imported), [])
const isRefused = (path: string, imported: string, reason: RegExp): void =>
  assert.match(broken(path, imported).join('\n'), reason)

test('every way to import is seen, and none in a comment', () => {
  const text = [
    "import 'a'",
    '  import b from "b"',
    "import type { C } from 'c'",
    "import {\n  d,\n  type E,\n} from 'd'",
    "export * from 'e'",
    "export { f } from 'f'",
    `const g = await ${'import'}('g')`,
    "// import h from 'h'",
    "/* import i from 'i' */",
    'const text = "from \'j\'"',
  ].join('\n')
  assert.deepEqual(importsOf(text), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
})

test('each workspace imports the packages of its list, and no other', () => {
  const packages = ['base', 'protocol', 'text', 'sandbox', 'storage']
  for (const [workspace, allowed] of Object.entries(mayImport)) {
    for (const name of packages.filter((each) => `packages/${each}` !== workspace)) {
      const file = `${workspace}/src/any.ts`
      if (allowed.includes(name)) isAllowed(file, `@atelier/${name}/any`)
      else isRefused(file, `@atelier/${name}/any`, /may import/)
    }
  }
})

test('the packages at the bottom import nothing of ours but base', () => {
  for (const name of ['protocol', 'text', 'sandbox', 'storage']) assert.deepEqual(mayImport[`packages/${name}`], ['base'])
  assert.deepEqual(mayImport['packages/base'], [])
  assert.deepEqual(mayImport['apps/web'], ['base', 'protocol', 'text'])
  assert.deepEqual(mayImport['apps/cli'], ['base', 'protocol'])
})

test('apps are imported by nobody, neither by name nor by path', () => {
  isRefused('apps/lab/src/bench/saves.ts', '@atelier/server/main', /an app is imported by nobody/)
  isRefused('apps/cli/src/main.ts', '../../server/src/main.ts', /outside apps\/cli/)
  isRefused('journeys/run.browser.test.ts', '../apps/server/src/main.ts', /outside journeys/)
})

test('a package is entered by its name, not by a path', () => {
  isRefused('apps/server/src/main.ts', '../../../packages/base/src/log.ts', /outside apps\/server/)
  isRefused('packages/base/src/log.ts', '@atelier/base/clock', /imported by its path/)
  isAllowed('packages/base/src/log.ts', './clock.ts')
})

test('what runs in a browser imports nothing of Node, except in tests', () => {
  isRefused('packages/protocol/src/files.ts', 'node:path', /also runs in a browser/)
  isRefused('apps/web/src/main.tsx', 'node:fs', /also runs in a browser/)
  isAllowed('apps/web/src/files/tree.test.ts', 'node:test')
  isAllowed('apps/web/vite.config.ts', 'node:path')
  isAllowed('packages/storage/src/db/database.ts', 'node:fs')
})

test('a module of Node is imported with node: before it', () => {
  isRefused('packages/storage/src/db/database.ts', 'fs', /write node:fs/)
})

test('a package from npm is declared by the workspace that imports it, or for tests by the project', () => {
  isAllowed('apps/server/src/http/app.ts', 'fastify')
  isAllowed('apps/server/src/http/app.ts', '@fastify/cookie/plugin')
  isRefused('apps/server/src/http/app.ts', 'react', /apps\/server\/package.json does not declare it/)
  isRefused('apps/server/src/http/app.ts', 'fast-check', /does not declare it/)
  isAllowed('apps/server/src/http/app.test.ts', 'fast-check')
  isRefused('apps/server/src/http/app.test.ts', 'react', /no package.json declares it/)
})

test('in the server, a folder imports the folders before it in the line, and none after it', () => {
  for (const [place, folder] of serverLine.entries()) {
    for (const [otherPlace, other] of serverLine.entries()) {
      const file = `apps/server/src/${folder}/any.ts`
      if (otherPlace <= place) isAllowed(file, `../${other}/any.ts`)
      else isRefused(file, `../${other}/any.ts`, /stands after/)
    }
  }
})

test('a folder of the server without a place in the line is refused', () => {
  isRefused('apps/server/src/novelties/any.ts', '../http/app.ts', /has no place/)
  isRefused('apps/server/src/executions/any.ts', '../novelties/any.ts', /has no place/)
})

test('no folder of the server imports main, wiring or doctor; they import every folder', () => {
  for (const top of ['main', 'wiring', 'doctor']) {
    isRefused('apps/server/src/http/app.ts', `../${top}.ts`, /imported by no folder/)
    isAllowed(`apps/server/src/${top}.ts`, './executions/executions.ts')
  }
  isAllowed('apps/server/src/http/app.ts', '../settings.ts')
})

test('only wiring reads a variant', () => {
  isAllowed('apps/server/src/wiring.ts', './variants/variants.ts')
  isRefused('apps/server/src/roles/all.ts', '../variants/variants.ts', /only wiring/)
  isRefused('apps/server/src/settings.ts', './variants/variants.ts', /only wiring/)
})

test('a file or folder is named for what it does', () => {
  for (const name of emptyNames) {
    assert.equal(violationsOf({ path: `packages/base/src/${name}.ts`, text: '' }, declared).length, 1)
    assert.equal(violationsOf({ path: `apps/web/src/${name}/tree.ts`, text: '' }, declared).length, 1)
  }
  assert.deepEqual(violationsOf({ path: 'packages/storage/src/db/column-types.ts', text: '' }, declared), [])
})
