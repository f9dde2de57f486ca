import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Template } from '@atelier/protocol/projects'
import { loadTemplates } from './templates.ts'

test('the welcome project comes first, and each of the five languages has a template', async () => {
  const templates = (await loadTemplates()).map(({ template }) => Template.parse(template))
  assert.equal(templates[0]?.id, 'welcome')
  assert.equal(templates[0]?.language, 'python')
  for (const language of ['python', 'javascript', 'typescript', 'go', 'rust'])
    assert.equal(templates.find((template) => template.id === language)?.language, language)
})

test('there is a command line with tests in each of the five languages, a web page, data, SQL, an exercise and a game', async () => {
  const templates = await loadTemplates()
  const tagged = (...tags: string[]) => templates.filter(({ template }) => tags.every((tag) => template.tags.includes(tag)))
  assert.deepEqual(
    tagged('command line', 'tests').map(({ template }) => template.language),
    ['python', 'javascript', 'typescript', 'go', 'rust'],
  )
  for (const tag of ['web page', 'data', 'sql', 'exercise', 'game']) assert.ok(tagged(tag).length > 0, tag)
  assert.ok(templates.length >= 12)
})

test('each template says in a README what to do, and beside it what it prints', async () => {
  for (const { template, files, runs } of await loadTemplates()) {
    const readme = files.find(({ path }) => path === 'README.md')?.content.toString('utf8') ?? ''
    assert.match(readme, /^# .+\n\n.*\b[Rr]un\b/s, template.id)
    assert.ok(runs.length > 0, template.id)
  }
})

test('templates hold nothing but their files and the folders on the way', async () => {
  const shop = (await loadTemplates()).find(({ template }) => template.id === 'coffee-shop')
  const paths = shop?.entries.map((entry) => (entry.content === null ? `${entry.path}/` : entry.path)).sort()
  assert.deepEqual(paths, ['README.md', 'data/', 'data/sales.csv', 'main.py', 'shop/', 'shop/chart.py', 'shop/sales.py'])
})

test('a template that does not fit together is a fault that names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-templates-'))
  try {
    await mkdir(join(folder, 'broken', 'files'), { recursive: true })
    const about = { place: 1, name: 'x', description: 'x', language: 'python', entryPoint: 'main.py', tags: [] }
    await writeFile(join(folder, 'broken', 'template.json'), JSON.stringify(about))
    await assert.rejects(loadTemplates(folder), /the template "broken" cannot be used/)
    await writeFile(join(folder, 'broken', 'files', 'main.py'), 'print(1)\n')
    assert.equal((await loadTemplates(folder)).length, 1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
