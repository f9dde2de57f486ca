import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLanguages } from '../languages/manifest.ts'
import type { Means } from './means.ts'
import { buildSteps, recipeOf } from './recipe.ts'
import { languagesFolder } from './test-toolchain.ts'

const all = await loadLanguages(languagesFolder)
const languages = all.filter((each) => each.image.comes === 'first')
const recipe = recipeOf(languages, 'finish')
const means: Means = {
  ...{ kind: 'able', prefix: ['nice'], installs: [], proxies: { http_proxy: 'http://proxy.example' } },
  aptOptions: ['Acquire::http::Proxy "http://proxy.example";'],
  source: { suite: 'trixie', lines: ['deb http://mirror.example/debian trixie main'], host: 'mirror.example' },
}

test("an image has every language's packages once, Python for the boxes themselves, and git", () => {
  assert.ok(['golang-go', 'rustc', 'gcc', 'lld', 'libstdc++6'].every((name) => recipe.packages.includes(name)))
  assert.equal(new Set(recipe.packages).size, recipe.packages.length)
  assert.deepEqual(recipeOf([], '').packages, ['ca-certificates', 'git', 'python3'])
})

test('the digest changes with the packages, the warming, the version question and the finish, and with nothing else', () => {
  const [first, ...rest] = languages
  assert.ok(first?.id === 'go')
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

test('on a ground, only the languages that it lacks are installed and warmed, and all are asked for their versions', () => {
  const java = all.find((each) => each.id === 'java')
  assert.ok(java !== undefined)
  const wanted = recipeOf([...languages, java], 'finish')
  const ground = { folder: '/images/0123456789abcdef/root', has: [...languages.map((each) => each.id), 'git'] }
  const steps = buildSteps(wanted, means, '/images/building-1/root', ground)
  assert.deepEqual(steps[0]?.argv, ['nice', 'cp', '-a', '--reflink=auto', ground.folder, '/images/building-1/root'])
  const bootstrap = steps.find((each) => each.progress === 'bootstrap')
  assert.ok(bootstrap?.argv.includes('--skip=check/empty'))
  assert.ok(bootstrap?.argv.includes('--include=openjdk-21-jdk-headless,zip'))
  const doing = steps.map((each) => each.step)
  assert.ok(doing.includes("archiving the Java compiler's classes"))
  assert.ok(!doing.includes("compiling Go's standard library"))
  assert.deepEqual(
    steps.flatMap((each) => each.tells ?? []),
    ['go', 'python', 'rust', 'java', 'git', 'size'],
  )
  assert.ok(Math.abs(steps.reduce((sum, each) => sum + each.share, 0) - 1) < 1e-9)
})

test('the base and each ingredient are named alike, whatever other languages there are', () => {
  const more = recipeOf(all, 'finish')
  assert.equal(more.base, recipe.base)
  assert.notEqual(more.digest, recipe.digest)
  for (const { id, hash } of recipe.ingredients) assert.equal(more.ingredients.find((each) => each.id === id)?.hash, hash)
  assert.notEqual(recipeOf(languages, 'finish otherwise').base, recipe.base)
})
