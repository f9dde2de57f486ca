import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLanguages } from '../languages/manifest.ts'
import type { Means } from './means.ts'
import { buildSteps, recipeOf } from './recipe.ts'
import { languagesFolder } from './test-toolchain.ts'

const languages = await loadLanguages(languagesFolder)
const recipe = recipeOf(languages, 'finish')
const means: Means = {
  ...{ kind: 'able', prefix: ['nice'], installs: [], proxies: { http_proxy: 'http://proxy.example' } },
  aptOptions: ['Acquire::http::Proxy "http://proxy.example";'],
  source: { suite: 'trixie', lines: ['deb http://mirror.example/debian trixie main'], host: 'mirror.example' },
}

test("an image has every language's packages once, and Python for the boxes themselves", () => {
  assert.ok(['golang-go', 'rustc', 'gcc', 'lld', 'libstdc++6'].every((name) => recipe.packages.includes(name)))
  assert.equal(new Set(recipe.packages).size, recipe.packages.length)
  assert.deepEqual(recipeOf([], '').packages, ['python3'])
})

test('the digest changes with the packages, the warming, the version question and the finish, and with nothing else', () => {
  const [first, ...rest] = languages
  assert.ok(first !== undefined)
  const { image } = first
  const others = [
    recipeOf(rest, 'finish'),
    recipeOf([{ ...first, image: { ...image, packages: [...image.packages, 'git'] } }, ...rest], 'finish'),
    recipeOf([{ ...first, image: { ...image, warm: [] } }, ...rest], 'finish'),
    recipeOf([{ ...first, version: { ...first.version, arguments: ['--full'] } }, ...rest], 'finish'),
    recipeOf(languages, 'finish otherwise'),
  ]
  assert.equal(new Set([recipe, ...others].map((each) => each.digest)).size, others.length + 1)
  assert.equal(recipeOf([{ ...first, name: 'Other', entryPoint: 'other' }, ...rest], 'finish').digest, recipe.digest)
})

test("a build's shares make one whole, and every command has a listed environment", () => {
  for (const installs of [[], ['mmdebstrap']]) {
    const steps = buildSteps(recipe, { ...means, installs }, '/images/building-1/root')
    assert.ok(Math.abs(steps.reduce((sum, each) => sum + each.share, 0) - 1) < 1e-9)
    assert.ok(steps.every((each) => each.share > 0 && each.environment.PATH !== undefined))
    assert.equal(steps[0]?.step, installs.length > 0 ? 'installing mmdebstrap' : 'reading the package lists')
  }
})

test("packages come from the machine's own mirror, the way its own apt goes", () => {
  const bootstrap = buildSteps(recipe, means, '/images/building-1/root').find((each) => each.progress === 'bootstrap')
  assert.deepEqual(bootstrap?.argv.slice(0, 2), ['nice', 'mmdebstrap'])
  assert.deepEqual(bootstrap?.argv.slice(-3), [
    'trixie',
    '/images/building-1/root',
    'deb http://mirror.example/debian trixie main',
  ])
  assert.ok(bootstrap?.argv.includes('--aptopt=Acquire::http::Proxy "http://proxy.example";'))
  assert.equal(bootstrap?.environment.http_proxy, 'http://proxy.example')
})
