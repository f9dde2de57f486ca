/** Strangers in a project: what they may where it is open to everybody, and that they cannot even tell that a private one exists. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { everythingIn, invitePeople, newCompany, type People } from './company.ts'
import { expectations } from './role-expectations.ts'
import { startServer } from './server-under-test.ts'

// A name that leads here, and so nowhere: git may not reach this machine.
const server = await startServer({ environment: { ATELIER_GIT_HOSTS: 'localhost' } })
after(() => server[Symbol.asyncDispose]())
let people: People

before(async () => {
  people = await invitePeople(server)
})

/** What strangers get in a project that is unlisted or public, where it is not what a viewer gets in a private one. */
const forStrangers: Record<string, string> = {
  'POST /api/v1/executions': '202',
  // What was in it before, and who wrote it, is for those whom the owner let in.
  'GET /api/v1/projects/{id}/playback/{*}': '403',
  'GET /api/v1/projects/{id}/history/{*}': '403',
  'GET /api/v1/projects/{id}/line-authors/{*}': '403',
  'GET /api/v1/projects/{id}/deleted-files': '403',
  'GET /api/v1/projects/{id}/snapshots': '403',
  'GET /api/v1/projects/{id}/git': '403',
  'GET /api/v1/projects/{id}/git/commits': '403',
  'GET /api/v1/projects/{id}/git/bundle': '403',
}

test('in an unlisted or public project a stranger reads, runs and forks what is there now, and changes nothing', async () => {
  for (const [place, [address, [ask, statuses]]] of Object.entries(Object.entries(expectations))) {
    if (statuses === 'open' || statuses.startsWith('404 404 404')) continue
    const company = await newCompany(people)
    const visibility = Number(place) % 2 === 0 ? 'unlisted' : 'public'
    await people.owner.ask(company.at, { method: 'PATCH', json: { visibility } })
    const before = await everythingIn(people, company)
    const { path, ...rest } = ask(company)
    const response = await people.stranger.ask(path, rest)
    const who = `${address} in an ${visibility} project: ${(await response.text()).slice(0, 200)}`
    assert.equal(String(response.status), forStrangers[address] ?? statuses.split(' ')[1], who)
    if (response.status >= 400) assert.equal(await everythingIn(people, company), before, who)
  }
  const { at } = await newCompany(people)
  await people.owner.ask(at, { method: 'PATCH', json: { visibility: 'public' } })
  const seen = await (await people.stranger.ask(`${at}/members`)).text()
  assert.equal((JSON.parse(seen) as { items: unknown[] }).items.length, 1, 'the owner alone')
  for (const path of [at, `${at}/files`, `${at}/files/main.py`, `${at}/zip`])
    assert.equal((await fetch(server.url + path)).status, 200, `${path} without a session`)
  await people.owner.ask(at, { method: 'PATCH', json: { visibility: 'private' } })
  for (const path of [at, `${at}/files`, `${at}/files/main.py`, `${at}/zip`]) {
    assert.equal((await fetch(server.url + path)).status, 404, `${path} without a session`)
    assert.equal((await people.stranger.ask(path)).status, 404, path)
  }
})

test('for a stranger a project of others answers exactly like one that does not exist', async () => {
  const company = await newCompany(people)
  const nothing = {
    ...company,
    at: company.at.replace(company.id, '01900000-0000-7000-8000-000000000000'),
    id: '01900000-0000-7000-8000-000000000000',
  }
  for (const [address, [ask, statuses]] of Object.entries(expectations)) {
    if (!statuses.startsWith('404') || address.includes('/executions/')) continue
    const answers = []
    for (const project of [company, nothing]) {
      const { path, ...rest } = ask(project)
      const response = await people.stranger.ask(path, rest)
      const { instance: _, ...problem } = JSON.parse(await response.text()) as Record<string, unknown>
      const headers = [...response.headers.keys()].filter((name) => name !== 'date').sort()
      answers.push({ status: response.status, headers, problem })
    }
    assert.deepEqual(answers[0], answers[1], address)
  }
})
