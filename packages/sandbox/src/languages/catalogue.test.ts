import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languagesFolder } from '../toolchain/test-toolchain.ts'
import type { ToolchainImage, ToolchainState } from '../toolchain/toolchain.ts'
import { LanguageCatalogue, type LanguageStatus, type ToolchainSource } from './catalogue.ts'
import { loadLanguages } from './manifest.ts'

const definitions = await loadLanguages(languagesFolder)
/** Python's place on this machine may be empty: these tests say themselves what is there. */
const portable = definitions.map((each) => (each.id === 'python' ? { ...each, host: { command: '/nonexistent/python3' } } : each))

class FakeToolchain implements ToolchainSource {
  state: ToolchainState = { state: 'waiting' }
  image: ToolchainImage | null = null
  wanted = new Set(['go', 'javascript', 'python', 'rust', 'typescript'])
  #listener: () => void = () => {}
  isWanted(id: string): boolean {
    return this.wanted.has(id)
  }
  onChange(listener: () => void): () => void {
    this.#listener = listener
    return () => {
      this.#listener = () => {}
    }
  }
  become(state: ToolchainState, image: ToolchainImage | null = this.image): void {
    this.state = state
    this.image = image
    this.#listener()
  }
}

const image: ToolchainImage = {
  ...{
    digest: '0123456789abcdef',
    folder: '/images/0123456789abcdef/root',
    builtAt: '2026-01-01T00:00:00.000Z',
    sizeBytes: 1,
    seconds: 1,
  },
  versions: { go: '1.24.4', python: '3.13.5', rust: '1.85.1' },
  base: '0123',
  ingredients: {},
}
const ready = { state: 'ready', builtAt: image.builtAt, sizeBytes: 1 } as const

async function open(): Promise<{
  toolchain: FakeToolchain
  catalogue: LanguageCatalogue
  status: (id: string) => LanguageStatus
}> {
  const toolchain = new FakeToolchain()
  const catalogue = await LanguageCatalogue.open({ definitions: portable, toolchain, nodeBinary: process.execPath })
  const status = (id: string): LanguageStatus => {
    const found = catalogue.list().find((each) => each.id === id)
    assert.ok(found !== undefined)
    return found
  }
  return { toolchain, catalogue, status }
}

test('JavaScript and TypeScript run on our own Node before there is an image', async () => {
  const { status, catalogue } = await open()
  const { available, version, reason, remedy } = status('javascript')
  assert.deepEqual([available, version, reason, remedy], [true, process.versions.node, null, null])
  assert.equal(status('typescript').available, true)
  const availability = catalogue.availability('javascript')
  assert.ok(availability.available)
  assert.deepEqual(availability.root, { kind: 'host' })
})

test('a language that waits for the image says how far it is', async () => {
  const { toolchain, status } = await open()
  toolchain.become({ state: 'building', step: 'unpacking packages', progress: 0.43, startedAt: '' })
  const { available, version, reason, remedy } = status('go')
  assert.deepEqual([available, version], [false, null])
  assert.equal(reason, 'the toolchain image is being built: unpacking packages, 43 %')
  assert.equal(remedy, 'Go can be used as soon as it is finished.')
})

test('a language without an image says why there is none, and what to do', async () => {
  const { toolchain, status } = await open()
  toolchain.become({ state: 'failed', reason: 'the disk is full', remedy: 'Make room.' })
  assert.deepEqual(
    [status('rust').reason, status('rust').remedy],
    ['the toolchain image could not be built: the disk is full', 'Make room.'],
  )
  toolchain.become({ state: 'off', reason: 'mmdebstrap is not installed', remedy: 'Install it.' })
  assert.deepEqual(
    [status('rust').reason, status('rust').remedy],
    ['there is no toolchain image: mmdebstrap is not installed', 'Install it.'],
  )
})

test('every language that is wanted is there when the image is, all on the same root', async () => {
  const { toolchain, catalogue } = await open()
  toolchain.become(ready, image)
  const wanted = catalogue.list().filter((each) => each.wanted)
  assert.deepEqual([wanted.length, wanted.every((each) => each.available)], [5, true])
  for (const { id } of wanted) {
    const availability = catalogue.availability(id)
    assert.ok(availability.available)
    assert.deepEqual([availability.root, availability.fingerprint], [{ kind: 'image', folder: image.folder }, image.digest])
  }
  const versions = Object.fromEntries(catalogue.list().map((each) => [each.id, each.version]))
  assert.deepEqual([versions.go, versions.python, versions.javascript], ['1.24.4', '3.13.5', process.versions.node])
})

test('a language that nobody has asked for says how to add it, whatever the image does', async () => {
  const { toolchain, status } = await open()
  for (const state of [ready, { state: 'building', step: 'x', progress: 0, startedAt: '' } as const]) {
    toolchain.become(state, image)
    const { available, wanted, reason, remedy } = status('lua')
    assert.deepEqual([available, wanted], [false, false])
    assert.deepEqual([reason, remedy], ['Lua is not installed', 'Type: ./atelier languages add lua'])
  }
})

test('an image of before serves while a new one is built, except for what it did not have', async () => {
  const { toolchain, status } = await open()
  const older = { ...image, versions: { go: '1.23.0' } }
  toolchain.become({ state: 'building', step: 'unpacking packages', progress: 0.5, startedAt: '' }, older)
  assert.deepEqual([status('go').version, status('rust').available], ['1.23.0', false])
})

test('listeners hear of every change until they stop, and the list is the same object in between', async () => {
  const { toolchain, catalogue } = await open()
  let heard = 0
  const stop = catalogue.onChange(() => {
    heard++
  })
  const before = catalogue.list()
  assert.equal(catalogue.list(), before)
  toolchain.become(ready, image)
  assert.notEqual(catalogue.list(), before)
  stop()
  toolchain.become({ state: 'waiting' }, null)
  assert.equal(heard, 1)
  catalogue.close()
})

test('a plan is made with what is available, and refused for what is not', async () => {
  const { toolchain, catalogue } = await open()
  const work = {
    ...{ language: 'go', entryPoint: 'main.go', args: [], environment: {} },
    files: [{ path: 'main.go', content: Buffer.from('package main\n') }],
    limits: { cpuMs: 1, wallMs: 1, memoryBytes: 1, processes: 1, diskBytes: 1, diskFiles: 1, outputBytes: 1 },
  }
  assert.throws(() => catalogue.plan(work), /go is not available/)
  toolchain.become(ready, image)
  assert.deepEqual(catalogue.plan(work).compile?.spec.root, { kind: 'image', folder: image.folder })
  assert.throws(() => catalogue.plan({ ...work, language: 'klingon' }), /there is no language klingon/)
})

test('a wall that can show only this machine gets what this machine has, one that can show only images gets the image', async () => {
  const { toolchain, catalogue } = await open()
  toolchain.become(ready, image)
  const rootFor = (id: string, kind: 'host' | 'image'): string => {
    const found = catalogue.availability(id, (root) => root.kind === kind)
    return found.available ? found.root.kind : 'none'
  }
  assert.deepEqual([rootFor('javascript', 'host'), rootFor('javascript', 'image')], ['host', 'image'])
  assert.deepEqual([rootFor('go', 'host'), rootFor('go', 'image')], ['none', 'image'])
  // What cannot be shown is planned, so that whoever asked can be told why not.
  const limits = { cpuMs: 1, wallMs: 1, memoryBytes: 1, processes: 1, diskBytes: 1, diskFiles: 1, outputBytes: 1 }
  const plan = catalogue.plan({
    ...{ language: 'go', entryPoint: 'main.go', args: [], environment: {}, limits },
    files: [{ path: 'main.go', content: Buffer.from('package main') }],
    canShow: ({ kind }) => kind === 'host',
  })
  assert.equal(plan.compile?.spec.root.kind, 'image')
  catalogue.close()
})
