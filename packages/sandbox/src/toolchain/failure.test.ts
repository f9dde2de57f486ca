import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainFailure } from './failure.ts'

const explain = (...lines: string[]) =>
  explainFailure({
    ...{ step: 'downloading packages', lines, exitCode: 1, silent: false },
    ...{ mirrorHost: 'mirror.example', logFile: '/data/toolchain/build.log' },
  })

test('a machine without network is told so, and that the build is tried again', () => {
  for (const line of [
    "Err:1 http://mirror.example/debian trixie InRelease  Temporary failure resolving 'mirror.example'",
    'W: Failed to fetch http://mirror.example/debian/dists/trixie/InRelease  Could not connect to 127.0.0.1:9',
  ]) {
    const { reason, remedy } = explain('I: running apt-get update...', line, 'E: apt-get update failed')
    assert.equal(reason, 'the package mirror mirror.example could not be reached')
    assert.match(remedy, /Connect this machine to the network\. The build is tried again at the next start\./)
  }
})

test('a full disk, a bad signature, a missing release and a missing package each have their own reason', () => {
  assert.equal(explain('dpkg: error: write error: No space left on device').reason, 'the disk is full')
  assert.match(explain('W: GPG error: The following signatures: NO_PUBKEY 6ED0E7B8').reason, /signature .* could not be checked/)
  assert.match(explain("E: The repository 'x trixie Release' does not have a Release file.").reason, /does not have the release/)
  assert.match(explain('E: Unable to locate package lua9').reason, /no package "lua9" at mirror\.example/)
})

test('any other failure is told in the words of the program that failed, with the place of the log', () => {
  const { reason, remedy } = explain('something', 'E: it broke', 'I: cleaning up')
  assert.equal(reason, '"downloading packages" failed: E: it broke')
  assert.match(remedy, /\/data\/toolchain\/build\.log/)
  assert.equal(explain().reason, '"downloading packages" failed: exit code 1')
})
