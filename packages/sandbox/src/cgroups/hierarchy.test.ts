import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseHierarchy } from './hierarchy.ts'

const mount = (root: string, point: string, kind: string, options: string) =>
  `31 23 0:28 ${root} ${point} rw,relatime shared:9 - ${kind} ${kind} ${options}`

describe('our place in the control groups', () => {
  it('is one folder on a v2 host', () => {
    const found = parseHierarchy('0::/system.slice/atelier.service\n', mount('/', '/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate'))
    assert.deepEqual(
      [found.v2?.own, found.v2?.mount, found.v1.size],
      ['/sys/fs/cgroup/system.slice/atelier.service', '/sys/fs/cgroup', 0],
    )
  })

  it('is a folder per controller on a v1 or hybrid host, also where controllers share one', () => {
    const cgroup = '9:name=systemd:/a\n5:cpu,cpuacct:/b\n4:memory:/c/d\n2:pids:/\n0::/u\n'
    const mountinfo = [
      mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
      mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
      mount('/', '/sys/fs/cgroup/pids', 'cgroup', 'rw,pids'),
      mount('/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      '22 27 0:21 / /proc rw,relatime - proc proc rw',
    ].join('\n')
    const found = parseHierarchy(cgroup, mountinfo)
    assert.deepEqual(Object.fromEntries(found.v1), {
      cpu: '/sys/fs/cgroup/cpu,cpuacct/b',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/b',
      memory: '/sys/fs/cgroup/memory/c/d',
      pids: '/sys/fs/cgroup/pids',
    })
    assert.equal(found.v2?.own, '/sys/fs/cgroup/unified/u')
  })

  it('is counted from where a container’s mount begins', () => {
    const found = parseHierarchy('0::/docker/abc/inner\n', mount('/docker/abc', '/sys/fs/cgroup', 'cgroup2', 'rw'))
    assert.equal(found.v2?.own, '/sys/fs/cgroup/inner')
  })

  it('is nowhere without control groups', () => {
    const found = parseHierarchy('', '')
    assert.deepEqual([found.v2, found.v1.size], [null, 0])
  })
})
