/** Commits, branches and bundles of a project, with this machine's git in a box. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { GitCommit, GitCommitChanges, GitImported, GitLog, GitStatus } from '@atelier/protocol/git'
import { runGit } from './fixtures/git-server.ts'
import { type GitApp, newGitProject, octets, openGitApp } from './fixtures/open-git-app.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-git-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the repository of a project', () => {
  let t: GitApp
  before(async () => {
    t = await openGitApp()
  })
  after(() => t[Symbol.asyncDispose]())

  it('begins empty, and its first commit has all files', async () => {
    const project = await newGitProject(t)
    assert.deepEqual((await project.overview()).branches, [])
    await project.put('main.py', 'print(1)\n')
    await project.put('src/data.bin', Buffer.from([0, 1, 2, 255]))
    const status = await project.json<GitStatus>('GET', '/status')
    assert.equal(status.commit, null)
    assert.deepEqual(status.changes, [
      { path: 'main.py', change: 'added', added: 1, removed: 0 },
      { path: 'src/data.bin', change: 'added', added: null, removed: null },
    ])
    const commit = await project.json<GitCommit>('POST', '/commits', { message: 'First\n\nWith a body.' })
    assert.equal(commit.subject, 'First')
    assert.equal(commit.message, 'First\n\nWith a body.')
    assert.match(commit.author.email, /@users\.noreply\.invalid$/)
    const overview = await project.overview()
    assert.deepEqual([overview.branch, overview.commit], ['main', commit.id])
    assert.deepEqual((await project.json<GitStatus>('GET', '/status')).changes, [])
    assert.equal(await project.refusal('POST', '/commits', { message: 'again' }), '409 git-conflict')
  })

  it('keeps what was added, changed and deleted, and tells it of each commit', async () => {
    const project = await newGitProject(t)
    await project.put('a.txt', 'one\ntwo\n')
    await project.put('b.txt', 'bee\n')
    const first = await project.json<GitCommit>('POST', '/commits', { message: 'First' })
    await project.put('a.txt', 'one\nTWO\nthree\n')
    await project.put('c d.txt', 'sea\n')
    await project.remove('b.txt')
    const second = await project.json<GitCommit>('POST', '/commits', { message: 'Second' })
    const { changes, commit } = await project.json<GitCommitChanges>('GET', `/commits/${second.id}`)
    assert.deepEqual(commit.parents, [first.id])
    assert.deepEqual(
      changes.map(({ path, change, added, removed }) => [path, change, added, removed]),
      [
        ['a.txt', 'modified', 2, 1],
        ['b.txt', 'deleted', 0, 1],
        ['c d.txt', 'added', 1, 0],
      ],
    )
    const log = await project.json<GitLog>('GET', '/commits?limit=1')
    assert.deepEqual([log.items.map(({ subject }) => subject), log.nextCursor], [['Second'], '1'])
    const rest = await project.json<GitLog>('GET', '/commits?limit=1&cursor=1')
    assert.deepEqual([rest.items.map(({ subject }) => subject), rest.nextCursor], [['First'], null])
    assert.equal((await project.ask('GET', `/content?commit=${first.id}&path=a.txt`)).body, 'one\ntwo\n')
    assert.equal(await project.refusal('GET', `/content?commit=${second.id}&path=b.txt`), '404 not-found')
    const patch = (await project.ask('GET', `/diff?from=${first.id}&to=${second.id}&path=a.txt`)).body
    assert.match(patch, /^-two\n\+TWO\n\+three$/m)
    await project.put('a.txt', 'one\n')
    assert.match((await project.ask('GET', '/diff')).body, /^-TWO\n-three$/m)
    assert.equal(await project.refusal('GET', `/commits/${'0'.repeat(40)}`), '404 not-found')
  })

  it('commits only the files that are named, and leaves out what .gitignore names', async () => {
    const project = await newGitProject(t)
    await project.put('.gitignore', 'build/\n*.log\n')
    await project.put('build/out.txt', 'x')
    await project.put('sub/a.log', 'x')
    await project.put('kept.txt', 'x')
    await project.put('later.txt', 'x')
    const named = (status: GitStatus) => status.changes.map(({ path }) => path)
    assert.deepEqual(named(await project.json('GET', '/status')), ['.gitignore', 'kept.txt', 'later.txt'])
    await project.json('POST', '/commits', { message: 'Some', paths: ['.gitignore', 'kept.txt'] })
    assert.deepEqual(named(await project.json('GET', '/status')), ['later.txt'])
  })

  it('has branches that are made, switched to and deleted; nothing uncommitted is lost by it', async () => {
    const project = await newGitProject(t)
    await project.put('shared.txt', 'main\n')
    await project.put('folder/only-main.txt', 'x\n')
    const first = await project.json<GitCommit>('POST', '/commits', { message: 'First' })
    assert.equal(await project.refusal('POST', '/branches', { name: 'topic/one' }), '204')
    assert.equal(await project.refusal('POST', '/branches', { name: 'topic' }), '409 already-exists')
    await project.put('shared.txt', 'goes along\n')
    assert.equal(await project.refusal('POST', '/switch', { branch: 'topic/one' }), '200')
    await project.remove('folder/only-main.txt')
    await project.put('new.txt', 'n\n')
    await project.json('POST', '/commits', { message: 'On the topic' })
    await project.put('new.txt', 'not committed\n')
    assert.equal(await project.refusal('POST', '/switch', { branch: 'main' }), '409 git-conflict')
    assert.match(await project.said('POST', '/switch', { branch: 'main' }), /new\.txt/)
    await project.put('new.txt', 'n\n')
    assert.deepEqual(await project.json('POST', '/switch', { branch: 'main' }), { branch: 'main', written: 2, deleted: 1 })
    assert.deepEqual(await project.paths(), ['folder/only-main.txt', 'shared.txt'])
    assert.equal(await project.read('shared.txt'), 'main\n')
    assert.equal(await project.refusal('DELETE', '/branches?name=main'), '409 git-conflict')
    assert.equal(await project.refusal('DELETE', '/branches?name=topic/one'), '204')
    assert.equal(await project.refusal('POST', '/switch', { branch: 'topic/one' }), '404 not-found')
    assert.equal((await project.overview()).commit, first.id)
    assert.equal(await project.refusal('POST', '/branches', { name: 'x', from: '1'.repeat(40) }), '404 not-found')
  })

  it('refuses names of branches that are options, or leave the place of branches', async () => {
    const project = await newGitProject(t)
    await project.put('a', 'x')
    await project.json('POST', '/commits', { message: 'm' })
    for (const name of [
      '-d',
      '--upload-pack=touch',
      'a/../b',
      '../x',
      'a..b',
      'x.lock',
      'a b',
      'HEAD',
      'a/-b',
      '@{-1}',
      'a\u0000b',
    ])
      assert.equal(await project.refusal('POST', '/branches', { name }), '400 invalid-request', JSON.stringify(name))
  })

  it('goes out as a bundle that git clones, and comes in again with all branches', async () => {
    const project = await newGitProject(t)
    await project.put('a.txt', 'one\n')
    await project.json('POST', '/commits', { message: 'One' })
    await project.ask('POST', '/branches', { name: 'other' })
    await project.put('a.txt', 'two\n')
    await project.json('POST', '/commits', { message: 'Two' })
    const file = join(folder, 'project.bundle')
    const { rawPayload } = await project.ask('GET', '/bundle')
    writeFileSync(file, rawPayload)
    runGit(folder, 'clone', '-q', file, 'cloned')
    assert.equal(readFileSync(join(folder, 'cloned/a.txt'), 'utf8'), 'two\n')
    const again = await newGitProject(t)
    const answer = await again.ask('POST', '/bundle', rawPayload, octets)
    assert.equal(answer.statusCode, 200, answer.body)
    const imported = answer.json() as GitImported
    assert.deepEqual([imported.branch, imported.files, imported.leftOut], ['main', 1, []])
    assert.equal(await again.read('a.txt'), 'two\n')
    assert.deepEqual(
      (await again.overview()).branches.map(({ name }) => name),
      ['main', 'other'],
    )
    assert.deepEqual((await again.json<GitStatus>('GET', '/status')).changes, [])
    assert.equal((await again.ask('POST', '/bundle', rawPayload, octets)).statusCode, 409)
  })

  it('refuses what is no bundle, or half of one, and imports nothing of it', async () => {
    const source = await newGitProject(t)
    await source.put('a.txt', 'one\n'.repeat(5000))
    await source.json('POST', '/commits', { message: 'One' })
    const { rawPayload } = await source.ask('GET', '/bundle')
    const project = await newGitProject(t)
    for (const bytes of [
      Buffer.from('PK\u0003\u0004'),
      rawPayload.subarray(0, rawPayload.length - 30),
      Buffer.from('# v2 git bundle\n'),
    ]) {
      const answer = await project.ask('POST', '/bundle', bytes, octets)
      assert.equal(answer.statusCode, 400, answer.body)
      assert.equal((answer.json() as { code: string }).code, 'invalid-archive')
    }
    assert.deepEqual(await project.paths(), [])
    assert.equal((await project.overview()).commit, null)
  })

  it('runs no hook and no filter of a repository, follows no link out of it, and leaves links and modules where they are', async () => {
    const work = join(folder, 'hostile')
    mkdirSync(work)
    runGit(work, 'init', '-q')
    writeFileSync(join(work, '.gitattributes'), '* filter=evil diff=evil\n*.txt ident working-tree-encoding=UTF-16\n')
    writeFileSync(join(work, 'plain.txt'), '$Id$\n')
    writeFileSync(join(work, 'run.sh'), 'echo hi\n', { mode: 0o755 })
    symlinkSync('/etc/passwd', join(work, 'link'))
    runGit(work, 'add', '-f', '.gitattributes', 'run.sh', 'link')
    const blob = runGit(work, 'hash-object', '-w', '--no-filters', 'plain.txt').trim()
    const put = (mode: string, object: string, path: string) =>
      runGit(work, '-c', 'core.protectNTFS=false', 'update-index', '--add', '--cacheinfo', `${mode},${object},${path}`)
    put('100644', blob, 'plain.txt')
    put('160000', '1'.repeat(40), 'module')
    put('100644', blob, 'back\\slash')
    put('100644', blob, '-rf')
    const commit = runGit(work, 'commit-tree', '-m', 'Hostile', runGit(work, 'write-tree').trim()).trim()
    runGit(work, 'update-ref', 'refs/heads/main', commit)
    runGit(work, 'bundle', 'create', '-q', join(folder, 'hostile.bundle'), 'main')
    const project = await newGitProject(t)
    const answer = await project.ask('POST', '/bundle', readFileSync(join(folder, 'hostile.bundle')), octets)
    assert.equal(answer.statusCode, 200, answer.body)
    const imported = answer.json() as GitImported
    assert.deepEqual(await project.paths(), ['.gitattributes', 'plain.txt', 'run.sh'])
    assert.equal(await project.read('plain.txt'), '$Id$\n')
    const why = Object.fromEntries(imported.leftOut.map(({ path, why }) => [path, why]))
    assert.deepEqual([why.link, why.module], ['it is a symbolic link', 'it is a submodule'])
    for (const path of ['-rf', 'back\\slash']) assert.ok(path in why, path)
    assert.deepEqual((await project.json<GitStatus>('GET', '/status')).changes, [])
    await project.put('run.sh', 'echo more\n')
    await project.put('plain.txt', 'plain\n')
    const second = await project.json<GitCommit>('POST', '/commits', { message: 'Second' })
    const { rawPayload } = await project.ask('GET', '/bundle')
    writeFileSync(join(folder, 'back.bundle'), rawPayload)
    runGit(folder, 'clone', '-q', '--bare', join(folder, 'back.bundle'), 'back')
    const listed = runGit(join(folder, 'back'), 'ls-tree', '-r', second.id)
    assert.match(listed, /^120000 blob \w+\tlink$/m)
    assert.match(listed, /^160000 commit 1{40}\tmodule$/m)
    assert.match(listed, /^100755 blob \w+\trun\.sh$/m)
  })

  it('refuses a repository with a folder that some machines take for git’s own', async () => {
    for (const name of ['.GIT', '.git ', 'git~1', '.g\u200cit']) {
      const work = mkdtempSync(join(folder, 'dot-git-'))
      runGit(work, 'init', '-q')
      writeFileSync(join(work, 'config'), '[core]\n\tfsmonitor = touch /tmp/owned\n')
      const blob = runGit(work, 'hash-object', '-w', 'config').trim()
      // A name that update-index refuses: the tree is put together by hand.
      const inner = makeTree(work, `100644 blob ${blob}\tconfig`)
      const tree = makeTree(work, `040000 tree ${inner}\t${name}`)
      runGit(work, 'update-ref', 'refs/heads/main', runGit(work, 'commit-tree', '-m', 'x', tree).trim())
      runGit(work, 'bundle', 'create', '-q', join(work, 'bundle'), 'main')
      const project = await newGitProject(t)
      const answer = await project.ask('POST', '/bundle', readFileSync(join(work, 'bundle')), octets)
      assert.equal(answer.statusCode, 400, `${name}: ${answer.body}`)
      assert.match(answer.body, /take for git's own folder/)
      assert.deepEqual(await project.paths(), [])
    }
  })

  it('refuses a small bundle that unpacks to gigabytes, or to a billion files', async () => {
    const work = mkdtempSync(join(folder, 'bomb-'))
    runGit(work, 'init', '-q')
    writeFileSync(join(work, 'zeros'), Buffer.alloc(30 * 1024 * 1024))
    const blob = runGit(work, 'hash-object', '-w', 'zeros').trim()
    const copies = Array.from({ length: 100 }, (_, number) => `100644 blob ${blob}\t${String(number).padStart(3, '0')}`)
    const wide = makeTree(work, copies.join('\n'))
    let deep = makeTree(work, `100644 blob ${runGit(work, 'hash-object', '-w', '/dev/null').trim()}\tx`)
    for (let level = 0; level < 10; level += 1)
      deep = makeTree(work, Array.from({ length: 10 }, (_, number) => `040000 tree ${deep}\t${number}`).join('\n'))
    for (const tree of [wide, deep]) {
      runGit(work, 'update-ref', 'refs/heads/main', runGit(work, 'commit-tree', '-m', 'x', tree).trim())
      runGit(work, 'bundle', 'create', '-q', join(work, 'bundle'), 'main')
      const bundle = readFileSync(join(work, 'bundle'))
      assert.ok(bundle.length < 100_000)
      const project = await newGitProject(t)
      const answer = await project.ask('POST', '/bundle', bundle, octets)
      assert.equal(answer.statusCode, 413, answer.body)
      assert.deepEqual(await project.paths(), [])
    }
  })

  it('keeps commits of at most so many packs, which become one', async () => {
    const project = await newGitProject(t)
    for (let number = 0; number < 23; number += 1) {
      await project.put('a.txt', `${number}\n`)
      await project.json('POST', '/commits', { message: `Commit ${number}` })
    }
    const { rows } = await t.db.query<{ count: number }>({
      name: 'test-packs',
      text: 'SELECT count(*)::int AS count FROM git_packs WHERE project = $1',
      values: [project.id],
    })
    assert.ok((rows[0]?.count ?? 0) < 10, `${rows[0]?.count} packs`)
    assert.equal((await project.json<GitLog>('GET', '/commits?limit=100')).items.length, 23)
  })

  it('takes room of the project’s owner, and is refused where there is none', async () => {
    await using small = await openGitApp({ tiers: JSON.stringify({ guest: { storageBytes: 40_000 } }) })
    const project = await newGitProject(small)
    await project.put('a.bin', randomBytes(12_000))
    await project.json('POST', '/commits', { message: 'First' })
    await project.put('b.bin', randomBytes(12_000))
    assert.equal(await project.refusal('POST', '/commits', { message: 'Second' }), '413 too-large')
    assert.equal((await project.json<GitLog>('GET', '/commits')).items.length, 1)
  })

  it('carries the name that a person chose', async () => {
    const project = await newGitProject(t)
    const identity = { name: 'Ada Lovelace', email: 'ada@example.test' }
    assert.equal((await project.person.request('PUT', '/api/v1/git/identity', { payload: identity })).statusCode, 200)
    await project.put('a.txt', 'x')
    assert.deepEqual((await project.json<GitCommit>('POST', '/commits', { message: 'm' })).author, identity)
    for (const name of ['Ada <x>', 'a\nb', ''])
      assert.equal(
        (await project.person.request('PUT', '/api/v1/git/identity', { payload: { ...identity, name } })).statusCode,
        400,
      )
  })

  it('is worked on by one operation at a time, and none is lost', async () => {
    const project = await newGitProject(t)
    await project.put('a.txt', 'a')
    await project.put('b.txt', 'b')
    const commits = await Promise.all([
      project.ask('POST', '/commits', { message: 'A', paths: ['a.txt'] }),
      project.ask('POST', '/commits', { message: 'B', paths: ['b.txt'] }),
    ])
    assert.deepEqual(
      commits.map(({ statusCode }) => statusCode),
      [201, 201],
    )
    assert.equal((await project.json<GitLog>('GET', '/commits')).items.length, 2)
  })

  it('is nobody else’s', async () => {
    const project = await newGitProject(t)
    const stranger = await t.guest()
    for (const path of ['', '/status', '/commits', '/bundle'])
      assert.equal((await stranger.request('GET', `/api/v1/projects/${project.id}/git${path}`)).statusCode, 404)
  })
})

function makeTree(folder: string, line: string): string {
  return execFileSync('git', ['mktree', '--missing'], { cwd: folder, input: `${line}\n` })
    .toString()
    .trim()
}
