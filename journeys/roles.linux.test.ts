/** Who may do what in a project: every address of the API, tried as stranger, viewer, editor and owner. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './account-browser.ts'
import { linesOfOthers, linesSeenElsewhere, withoutLine } from './audited-routes.ts'
import { everythingIn, invitePeople, newCompany, type People, roles } from './company.ts'
import { aboutOneself, expectations } from './role-expectations.ts'
import { startServer } from './server-under-test.ts'

// A name that leads here, and so nowhere: git may not reach this machine.
const server = await startServer({ environment: { ATELIER_GIT_HOSTS: 'localhost' } })
after(() => server[Symbol.asyncDispose]())
let people: People

before(async () => {
  people = await invitePeople(server)
})

test('every address of the API is among those that are tried in every role', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> }
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(
    described.filter((each) => !(each in expectations) && !aboutOneself.includes(each) && !each.startsWith('HEAD ')),
    [],
  )
  assert.deepEqual(
    [...Object.keys(expectations), ...aboutOneself].filter((each) => !described.includes(each)),
    [],
  )
})

/** The ids of the requests that did something. */
const succeeded = new Map<string, string[]>()
const requestOf = (response: Response): string => response.headers.get('x-request-id') ?? ''

test('in every role each address answers as it should, and what is refused changes nothing', async () => {
  for (const [address, [ask, statuses]] of Object.entries(expectations))
    for (const [place, role] of roles.entries()) {
      const company = await newCompany(people)
      const before = await everythingIn(people, company)
      const { path, ...rest } = ask(company)
      const response = await people[role].ask(path, rest)
      const text = await response.text()
      if (response.status < 300) succeeded.set(address, [...(succeeded.get(address) ?? []), requestOf(response)])
      const who = `${address} as ${role}: ${text.slice(0, 200)}`
      if (statuses === 'open') {
        assert.ok(response.status < 300, who)
        continue
      }
      assert.equal(String(response.status), statuses.split(' ')[place], who)
      if (response.status < 400) continue
      const { code, detail } = JSON.parse(text) as { code: string; detail: string }
      if (response.status === 404) assert.equal(code, 'not-found', who)
      if (response.status === 403) assert.deepEqual([code, /\. .*[Aa]sk /.test(detail)], ['forbidden', true], who)
      assert.equal(await everythingIn(people, company), before, who)
    }
  await people.other.cancel(people.executionId)
})

test('every address that changes something leaves a line in the audit log, or stands among those that have a reason not to', async () => {
  const boss = await Browser.administrator(server)
  const isAudited = async (request: string): Promise<boolean> => {
    const { items } = await boss.json<{ items: unknown[] }>('GET', `/api/v1/admin/audit?request=${request}`)
    return items.length > 0
  }
  const wrong: string[] = []
  for (const address of [...Object.keys(expectations), ...aboutOneself]) {
    if (/^(GET|HEAD) /.test(address) || address in linesOfOthers || address in linesSeenElsewhere) continue
    let lines = 0
    for (const request of succeeded.get(address) ?? []) if (await isAudited(request)) lines += 1
    if (address in withoutLine ? lines > 0 : lines === 0) wrong.push(`${address}: ${lines} lines`)
  }
  assert.deepEqual(wrong, [])
  const known = [...Object.keys(expectations), ...aboutOneself]
  const gone = [withoutLine, linesOfOthers, linesSeenElsewhere].flatMap(Object.keys).filter((each) => !known.includes(each))
  assert.deepEqual(gone, [])
})

test('the page of a project opens for everybody who is in it, and for nobody else', async () => {
  const { id } = await newCompany(people)
  const statuses = await Promise.all(roles.map(async (role) => (await people[role].ask(`/projects/${id}`)).status))
  assert.deepEqual(statuses, [404, 200, 200, 200])
})
