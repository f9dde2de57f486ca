/** Other git servers: a real one on this machine's loopback, reached from a box through the egress proxy and no other way. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { GitCommit, GitImported, GitLog, GitPulled, GitPushed, GitTokenList } from '@atelier/protocol/git'
import { isPublicAddress } from '@atelier/sandbox/egress/addresses'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import { type GitServer, runGit, serverName, startGitServer } from './fixtures/git-server.ts'
import { type GitApp, newGitProject, openGitApp, type Person } from './fixtures/open-git-app.ts'

const token = 'secret-token-of-the-test'

describe('other git servers', () => {
  let server: GitServer
  let t: GitApp
  before(async () => {
    server = await startGitServer()
    t = await openGitApp({ hosts: [serverName, 'rebound.example.test'], port: server.port, authorities: server.authorities })
  })
  after(async () => {
    await t[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  const address = (path: string, name = serverName) => `https://${name}:${server.port}/${path}`
  /** Of what git did; what else is in the log is not asked. */
  const auditedIn = async (projectId: string): Promise<string[]> => {
    const { rows } = await t.db.query<{ action: string }>({
      name: 'test-audit',
      text: `SELECT DISTINCT action FROM audit_log WHERE project = $1 AND action LIKE 'git.%' ORDER BY action`,
      values: [projectId],
    })
    return rows.map(({ action }) => action)
  }
  const storeToken = (person: Person, host = `${serverName}:${server.port}`) =>
    person.request('PUT', `/api/v1/git/tokens/${host}`, { payload: { username: 'ada', token } })

  it('are imported from, with branches, tags and the branch that they name', async () => {
    server.seed('project.git', { 'main.py': 'print(1)\n', 'src/a.txt': 'a\n' }, (work) => {
      runGit(work, 'tag', '-a', 'v1', '-m', 'one')
      runGit(work, 'checkout', '-q', '-b', 'topic')
      runGit(work, 'commit', '-q', '--allow-empty', '-m', 'On the topic')
      runGit(work, 'push', '-q', server.git('project.git', 'rev-parse', '--absolute-git-dir').trim(), 'v1')
    })
    server.git('project.git', 'symbolic-ref', 'HEAD', 'refs/heads/topic')
    const project = await newGitProject(t)
    const imported = await project.json<GitImported>('POST', '/import', { url: address('project.git') })
    assert.deepEqual([imported.branch, imported.files], ['topic', 2])
    assert.deepEqual(await project.paths(), ['main.py', 'src/a.txt'])
    const { branches, tags, remoteUrl } = await project.overview()
    assert.deepEqual(
      [branches.map(({ name }) => name), tags.map(({ name }) => name), remoteUrl],
      [['main', 'topic'], ['v1'], address('project.git')],
    )
    assert.deepEqual(
      (await project.json<GitLog>('GET', '/commits')).items.map(({ subject }) => subject),
      ['On the topic', 'Seed'],
    )
    const other = await newGitProject(t)
    const main = await other.json<GitImported>('POST', '/import', { url: address('project.git'), branch: 'main' })
    assert.equal(main.branch, 'main')
    assert.equal(await project.refusal('POST', '/import', { url: address('project.git') }), '409 git-conflict')
  })

  it('say clearly what went wrong', async () => {
    const project = await newGitProject(t)
    assert.match(await project.said('POST', '/import', { url: address('nothing.git') }), /no git repository at that address/)
    assert.equal(await project.refusal('POST', '/import', { url: address('project.git'), branch: 'no-such' }), '404 not-found')
    server.git('empty.git', 'rev-parse', '--git-dir')
    assert.equal(await project.refusal('POST', '/import', { url: address('empty.git') }), '409 git-conflict')
    assert.deepEqual(await project.paths(), [])
  })

  it('get a token that is theirs, and nobody sees it again', async () => {
    server.seed('private.git', { 'a.txt': 'a\n' })
    server.account = { username: 'ada', token }
    try {
      const project = await newGitProject(t)
      assert.match(await project.said('POST', '/import', { url: address('private.git') }), /did not let us in.*Store a token/)
      const stored = await storeToken(project.person)
      assert.equal(stored.statusCode, 204, stored.body)
      const listed = await project.person.request('GET', '/api/v1/git/tokens')
      assert.deepEqual(
        (listed.json() as GitTokenList).items.map(({ host, username }) => [host, username]),
        [[`${serverName}:${server.port}`, 'ada']],
      )
      assert.doesNotMatch(listed.body, new RegExp(token))
      await project.json('POST', '/import', { url: address('private.git') })
      await project.put('a.txt', 'changed\n')
      const commit = await project.json<GitCommit>('POST', '/commits', { message: 'Changed' })
      const pushed = await project.json<GitPushed>('POST', '/push', { branch: 'from-atelier' })
      assert.deepEqual(pushed, { url: address('private.git'), branch: 'from-atelier', commit: commit.id, upToDate: false })
      assert.equal(server.git('private.git', 'rev-parse', 'refs/heads/from-atelier').trim(), commit.id)
      assert.ok((await auditedIn(project.id)).includes('git.push'))
      assert.equal((await project.json<GitPushed>('POST', '/push', { branch: 'from-atelier' })).upToDate, true)
      // Neither in the database as it is, nor in the repository.
      const { rows } = await t.db.query<{ text: string }>({
        name: 'test-tokens',
        text: 'SELECT git_tokens::text AS text FROM git_tokens',
      })
      assert.equal(rows.length, 1)
      assert.ok(
        !Buffer.from(rows[0]?.text ?? '').includes(token) && !(rows[0]?.text ?? '').includes(Buffer.from(token).toString('hex')),
      )
      const bundle = (await project.ask('GET', '/bundle')).rawPayload
      assert.ok(!bundle.includes(token))
      const stranger = await newGitProject(t)
      assert.equal(await stranger.refusal('POST', '/import', { url: address('private.git') }), '424 git-remote-failed')
      const removed = await project.person.request('DELETE', `/api/v1/git/tokens/${serverName}:${server.port}`)
      assert.equal(removed.statusCode, 204)
      assert.equal(await project.refusal('POST', '/push', {}), '424 git-remote-failed')
    } finally {
      server.account = null
    }
  })

  it('never get a token of another host, not even when they are redirected to', async () => {
    const project = await newGitProject(t)
    await storeToken(project.person)
    await project.put('a.txt', 'a')
    await project.json('POST', '/commits', { message: 'm' })
    server.account = { username: 'ada', token }
    server.redirectTo = `https://rebound.example.test:${server.port}`
    server.authorizations.length = 0
    try {
      assert.equal(await project.refusal('POST', '/push', { url: address('redirected.git') }), '424 git-remote-failed')
      assert.equal(
        await project.refusal('POST', '/push', { url: address('x.git', 'rebound.example.test') }),
        '424 git-remote-failed',
      )
      assert.deepEqual(server.authorizations, [])
    } finally {
      server.account = null
      server.redirectTo = null
    }
  })

  it('are not overwritten: a push that would lose commits there is refused', async () => {
    server.seed('shared.git', { 'a.txt': 'a\n' })
    const project = await newGitProject(t)
    await project.put('b.txt', 'b')
    await project.json('POST', '/commits', { message: 'Another beginning' })
    assert.match(
      await project.said('POST', '/push', { url: address('shared.git') }),
      /has commits on that branch that this project lacks/,
    )
  })

  it('are pulled from: forward only, and with nothing uncommitted lost', async () => {
    let work = ''
    server.seed('pulled.git', { 'a.txt': 'a\n', 'old.txt': 'o\n' }, (folder) => {
      work = folder
    })
    const bare = server.git('pulled.git', 'rev-parse', '--absolute-git-dir').trim()
    const project = await newGitProject(t)
    await project.json('POST', '/import', { url: address('pulled.git') })
    assert.equal((await project.json<GitPulled>('POST', '/pull', {})).upToDate, true)
    writeFileSync(join(work, 'a.txt'), 'A\n')
    runGit(work, 'rm', '-q', 'old.txt')
    runGit(work, 'commit', '-q', '-a', '-m', 'Changed there')
    runGit(work, 'push', '-q', bare, 'HEAD:main')
    await project.put('mine.txt', 'm\n')
    assert.equal(await project.refusal('POST', '/pull', {}), '409 git-conflict')
    await project.remove('mine.txt')
    const pulled = await project.json<GitPulled>('POST', '/pull', {})
    assert.deepEqual([pulled.upToDate, pulled.written, pulled.deleted], [false, 1, 1])
    assert.deepEqual([await project.paths(), await project.read('a.txt')], [['a.txt'], 'A\n'])
    assert.equal((await project.json<GitLog>('GET', '/commits')).items[0]?.subject, 'Changed there')
    await project.put('a.txt', 'both\n')
    await project.json('POST', '/commits', { message: 'Here' })
    assert.equal((await project.json<GitPulled>('POST', '/pull', {})).upToDate, true)
    runGit(work, 'commit', '-q', '--allow-empty', '-m', 'There')
    runGit(work, 'push', '-q', bare, 'HEAD:main')
    assert.match(await project.said('POST', '/pull', {}), /Both this project and the other server/)
    assert.equal(await project.read('a.txt'), 'both\n')
    assert.deepEqual(await auditedIn(project.id), ['git.begin-import', 'git.commit', 'git.import', 'git.pull'])
  })

  it('are named by https and a host of the list; no other address comes as far as git', async () => {
    const project = await newGitProject(t)
    const invalid = [
      ...[
        'file:///etc',
        '/etc/passwd',
        'ext::sh -c id',
        'git://git.example.test/x',
        `http://${serverName}/x`,
        'ssh://git@git.example.test/x',
      ],
      ...[
        'git@github.com:a/b.git',
        '--upload-pack=touch /tmp/x',
        '-x',
        `https://ada:${token}@${serverName}/x.git`,
        'https:///x',
        '',
      ],
      ...[
        `https://${serverName}/x.git?y`,
        `https://${serverName}/x.git#y`,
        `https://${serverName}/`,
        `https://${serverName}/a\nb`,
        'https://x\\y/z',
      ],
    ]
    for (const url of invalid) assert.equal(await project.refusal('POST', '/import', { url }), '400 invalid-request', url)
    const refused = [
      ...[
        'https://127.0.0.1/x.git',
        'https://2130706433/x.git',
        'https://0x7f.1/x.git',
        'https://017700000001/x',
        'https://127.1/x',
      ],
      ...[
        'https://169.254.169.254/latest',
        'https://[::1]/x',
        'https://[::ffff:127.0.0.1]/x',
        'https://localhost/x',
        'https://10.0.0.1/x',
      ],
      ...[
        'https://github.com/a/b.git',
        `https://${serverName}.evil.test/x`,
        `https://${serverName}:22/x`,
        `https://evil.test/${serverName}`,
      ],
    ]
    for (const url of refused) {
      assert.equal(await project.refusal('POST', '/import', { url }), '403 network-refused', url)
      assert.equal(await project.refusal('POST', '/push', { url }), '403 network-refused', url)
    }
  })

  it('are not reached at addresses that are not of the public internet, whatever their name', async () => {
    const addresses = ['127.0.0.1', '169.254.169.254', '10.0.0.7', '::1', '::ffff:10.0.0.1', 'fd00::1']
    // One name for each address alone, and one for each beside a public one.
    const found = new Map(
      addresses.flatMap((each, number) => [
        [`alone-${number}.example.test`, [each]],
        [`beside-${number}.example.test`, ['8.8.8.8', each]],
      ]),
    )
    await using strict = await openGitApp({
      ...{ hosts: ['*.example.test'], port: server.port, authorities: server.authorities },
      resolve: async (name) => found.get(name) ?? [],
      isAllowedAddress: isPublicAddress,
    })
    const project = await newGitProject(strict)
    for (const [name, leadsTo] of found) {
      const url = `https://${name}:${server.port}/project.git`
      assert.equal(await project.refusal('POST', '/import', { url }), '403 network-refused', `${name}: ${leadsTo}`)
    }
  })

  it('are not reached at all where the person who hosts names none', async () => {
    await using closed = await openGitApp()
    const project = await newGitProject(closed)
    assert.deepEqual((await project.overview()).hosts, [])
    for (const path of ['/import', '/push'])
      assert.match(await project.said('POST', path, { url: 'https://github.com/a/b.git' }), /name hosts in ATELIER_GIT_HOSTS/)
  })

  it('are worked with by the git of the toolchain image too', async () => {
    const image = await ensureToolchainForTests()
    assert.match(image.versions.git ?? '', /^2\./)
    await using inImage = await openGitApp({
      ...{ hosts: [serverName], port: server.port, authorities: server.authorities },
      root: { kind: 'image', folder: image.folder },
    })
    const project = await newGitProject(inImage)
    await project.json('POST', '/import', { url: address('project.git') })
    await project.put('new.txt', 'new\n')
    const { id } = await project.json<GitCommit>('POST', '/commits', { message: 'From the image' })
    await project.json('POST', '/push', { branch: 'image' })
    assert.equal(server.git('project.git', 'rev-parse', 'refs/heads/image').trim(), id)
  })

  it('get a project again and again, as a folder of this machine may; failures are told and tried again later', async () => {
    const project = await newGitProject(t)
    await project.put('a.txt', 'one\n')
    await project.json('PUT', '/export', { target: 'folder', everyMinutes: 5 })
    assert.equal(await t.exports.exportDue(), 1)
    const at = join(t.exportFolder, project.id)
    assert.equal(readFileSync(join(at, 'files/a.txt'), 'utf8'), 'one\n')
    runGit(at, 'clone', '-q', 'repository.git', 'cloned')
    assert.equal(readFileSync(join(at, 'cloned/a.txt'), 'utf8'), 'one\n')
    assert.equal(await t.exports.exportDue(), 0)
    const { export: done } = await project.overview()
    assert.deepEqual([done?.lastError, done?.lastSuccessAt === null], [null, false])
    await project.json('PUT', '/export', { target: 'remote', url: address('exported.git'), branch: 'mirror' })
    assert.equal(await t.exports.exportDue(), 1)
    const failed = (await project.overview()).export
    assert.match(failed?.lastError ?? '', /no git repository at that address/)
    assert.ok(Date.parse(failed?.nextAt ?? '') > Date.now() + 20 * 60_000, 'the pause grows')
    server.git('exported.git', 'rev-parse', '--git-dir')
    await project.put('a.txt', 'two\n')
    await project.json('PUT', '/export', { target: 'remote', url: address('exported.git'), branch: 'mirror' })
    assert.equal(await t.exports.exportDue(), 1)
    assert.equal(server.git('exported.git', 'show', 'mirror:a.txt'), 'two\n')
    assert.equal((await project.ask('DELETE', '/export')).statusCode, 204)
    assert.equal((await project.overview()).export, null)
  })
})
