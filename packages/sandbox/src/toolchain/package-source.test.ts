import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPackageSource, parseSources } from './package-source.ts'

const bookworm = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
const noble = 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n'

const debianFields = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

test('a Debian host builds Debian 13 from its own mirror and its own keyring', () => {
  assert.deepEqual(findPackageSource([debianFields], bookworm), {
    suite: 'trixie',
    host: 'mirror.example',
    lines: [
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian trixie main',
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://security.example/debian-security trixie-security main',
    ],
  })
})

test("other vendors' package sources are passed by", () => {
  const others =
    'deb [signed-by=/k.gpg] https://packages.example/apt cloud-sdk main\n\n# deb http://old.example/debian bookworm main\n'
  assert.equal(findPackageSource([others, debianFields], bookworm)?.host, 'mirror.example')
  assert.equal(findPackageSource([others], bookworm), null)
})

test('entries of one line are read, with their options and comments', () => {
  const lines = `deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg check-valid-until=no] http://mirror.example/debian/ bookworm main contrib # fast
deb http://mirror.example/debian/ bookworm-updates main`
  assert.equal(parseSources(lines).length, 2)
  const source = findPackageSource([lines], bookworm)
  assert.deepEqual(source?.lines, ['deb [signed-by=/k.gpg check-valid-until=no] http://mirror.example/debian/ trixie main'])
})

test("an entry that names its release by its state is the host's own too", () => {
  assert.equal(findPackageSource(['deb http://mirror.example/debian stable main'], bookworm)?.host, 'mirror.example')
  assert.equal(findPackageSource(['deb http://mirror.example/debian sid main'], 'ID=debian\n')?.suite, 'trixie')
})

test('a list of mirrors is followed to its first one', () => {
  const fields = debianFields.replace('http://mirror.example/debian', 'mirror+file:///etc/apt/mirrors/debian.list')
  const read = (path: string): string | null =>
    path === '/etc/apt/mirrors/debian.list' ? '# ours\nhttps://near.example/debian\n' : null
  assert.equal(findPackageSource([fields], bookworm, read)?.host, 'near.example')
  assert.equal(findPackageSource([fields], bookworm), null)
})

test('a key written into the entry, and an entry that is switched off, do no harm', () => {
  const inline = debianFields.replace(
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
    'Signed-By:\n -----BEGIN PGP-----\n .\n abc',
  )
  assert.match(findPackageSource([inline], bookworm)?.lines[0] ?? '', /^deb http:\/\/mirror\.example\/debian trixie main$/)
  assert.equal(findPackageSource([debianFields.replace('Types: deb', 'Types: deb\nEnabled: no')], bookworm), null)
})

test('an Ubuntu host builds from its own release, with its updates', () => {
  const fields = `Types: deb
URIs: http://ubuntu.example/ubuntu/
Suites: noble noble-updates noble-backports
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb
URIs: http://security.example/ubuntu/
Suites: noble-security
Components: main universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
`
  const source = findPackageSource([fields], noble)
  assert.equal(source?.suite, 'noble')
  const signed = 'deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg]'
  assert.deepEqual(source?.lines, [
    `${signed} http://ubuntu.example/ubuntu/ noble main universe`,
    `${signed} http://ubuntu.example/ubuntu/ noble-updates main universe`,
    `${signed} http://security.example/ubuntu/ noble-security main universe`,
  ])
})

test('a host of another kind has no package source', () => {
  assert.equal(findPackageSource([debianFields], 'ID=fedora\nVERSION_ID=44\n'), null)
  assert.equal(findPackageSource([], bookworm), null)
})
