/**
 * Runs a test file again where its programs can do no harm: with a network that has nothing but a loopback, and with only
 * its own processes to be seen. Without isolation, a program could otherwise reach whatever this machine can.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'

/** Says in the environment of the second run that it is one; what counts is that it is true. */
const mark = 'ATELIER_ALONE'

/** Brings the loopback up, which an ordinary user can only with rights that the tests must not have. */
const script = `
import fcntl, os, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])
`

/** True in the run that is alone. Otherwise makes one test of it, which passes when all of the file's do. */
export function isAlone(file: string): boolean {
  if (process.env[mark] === '1') {
    assert.deepEqual(interfaces(), ['lo'], 'this must only run in a network of its own')
    return true
  }
  it('in a network of its own', { timeout: 280_000 }, () => {
    const args = ['--test', '--test-reporter=tap', file]
    const ran = spawnSync(
      'unshare',
      [...namespaces(), '--', 'python3', '-c', script, ...withoutRights, process.execPath, ...args],
      {
        encoding: 'utf8',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', LANG: 'C.UTF-8', [mark]: '1' },
        timeout: 270_000,
        maxBuffer: 64 * 1024 * 1024,
      },
    )
    const failed = ran.stdout.split('\n').filter((line) => /^\s*not ok/.test(line))
    assert.equal(ran.status, 0, `${failed.join('\n')}\n${ran.stderr}\n${ran.stdout.slice(-6000)}`)
    assert.match(ran.stdout, /^# pass [1-9]/m)
    assert.match(ran.stdout, /^# skipped 0$/m)
  })
  return false
}

const withoutRights = ['setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--']

const namespaces = (): string[] => [
  ...(process.geteuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps']),
  ...['--net', '--pid', '--fork', '--kill-child', '--mount-proc'],
]

const interfaces = (): string[] =>
  readFileSync('/proc/net/dev', 'latin1')
    .split('\n')
    .slice(2)
    .flatMap((line) => line.split(':')[0]?.trim() || [])
