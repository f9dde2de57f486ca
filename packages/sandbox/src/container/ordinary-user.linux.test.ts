/**
 * The container driver without root: started by root, this file runs the other tests as an ordinary user, who sees the
 * repository through a private mount namespace (the folder may be closed to others). Without root, they already ran that way.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const NOBODY = '65534'
const repository = join(import.meta.dirname, '../../../..')
const script = `
mount -t tmpfs -o mode=755 stage /mnt
mkdir /mnt/repository; : > /mnt/node
mount --bind "$1" /mnt/repository
mount --bind "$2" /mnt/node
cd /mnt/repository/packages/sandbox/src/container
exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups /mnt/node --test --test-reporter=tap container.linux.test.ts walls.linux.test.ts leaks.linux.test.ts`

describe('a container without root', { timeout: 900_000, skip: process.geteuid?.() !== 0 }, () => {
  it('keeps the same promises, with limits per process', { timeout: 900_000 }, () => {
    const ran = spawnSync(
      'unshare',
      ['--mount', '--propagation', 'private', '--', '/bin/sh', '-euc', script, 'sh', repository, process.execPath],
      {
        encoding: 'utf8',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
        timeout: 840_000,
      },
    )
    const failed = ran.stdout.split('\n').filter((line) => /^\s*not ok/.test(line))
    assert.equal(ran.status, 0, `${failed.join('\n')}\n${ran.stderr}\n${ran.stdout.slice(-6000)}`)
  })
})
