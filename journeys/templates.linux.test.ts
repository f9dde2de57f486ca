/** Every template, made into a project and run in a real sandbox: it does what stands beside it. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { LanguageList } from '@atelier/protocol/languages'
import { Project, TemplateFiles, TemplateList } from '@atelier/protocol/projects'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import { Guest, textOf } from './guest.ts'
import { projectFolder, type ServerUnderTest, startServer } from './server-under-test.ts'

type Run = {
  readonly entryPoint: string
  readonly args?: readonly string[]
  readonly stdin?: string
  readonly prints: readonly string[]
  readonly exitCode?: number
  readonly makes?: readonly string[]
}

let server: ServerUnderTest
let guest: Guest
before(async () => {
  await ensureToolchainForTests()
  server = await startServer()
  guest = await Guest.of(server)
})
after(() => server[Symbol.asyncDispose]())

async function runsOf(id: string): Promise<readonly Run[]> {
  const file = join(projectFolder, 'apps/server/src/projects/templates', id, 'template.json')
  return (JSON.parse(await readFile(file, 'utf8')) as { runs: readonly Run[] }).runs
}

test('each template does in a sandbox what it says', async () => {
  const { items } = TemplateList.parse(await (await guest.ask('/api/v1/templates')).json())
  const languages = LanguageList.parse(await (await guest.ask('/api/v1/languages')).json()).items
  for (const { id, language } of items) {
    const { name, available } = languages.find((each) => each.id === language) ?? { name: language, available: false }
    assert.ok(available, `${name} is not ready, so the template ${id} cannot be tried`)
    const made = await guest.ask('/api/v1/projects', { json: { name: id, template: id } })
    const { id: projectId } = Project.parse(await made.json())
    for (const run of await runsOf(id)) {
      const { entryPoint, args = [], stdin = '', makes = [] } = run
      const request = { projectId, entryPoint, args, stdin, artefacts: makes.length > 0 }
      const started = await guest.ask('/api/v1/executions', { json: request })
      const { id: executionId } = (await started.json()) as { id: string }
      const output = await guest.finish(executionId)
      const text = stripVTControlCharacters(textOf(output))
      const what = `${id}/${entryPoint} ${args.join(' ')}:\n${text}`
      for (const line of run.prints) assert.ok(text.includes(line), `"${line}" is not printed by ${what}`)
      assert.equal(output.result?.exitCode, run.exitCode ?? 0, what)
      const left = output.result?.artefacts?.files.map(({ path }) => path) ?? []
      for (const path of makes) assert.ok(left.includes(path), `${path} is not left by ${what}`)
    }
  }
})

test('the files of a template can be read without making a project', async () => {
  const read = TemplateFiles.parse(await (await fetch(`${server.url}/api/v1/templates/coffee-shop`)).json())
  assert.deepEqual([read.template.id, read.files.map(({ path }) => path).includes('data/sales.csv')], ['coffee-shop', true])
  assert.equal(await guest.refusal('/api/v1/templates/..%2Fwelcome'), '404 not-found')
})
