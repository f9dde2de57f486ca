/** The files of cgroup v2, in a folder that stands for them; the kernel's part is shown where a host has v2. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { boxGroupsV2, openCgroupsV2, planV2 } from './cgroups-v2.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-groups-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('cgroup v2', () => {
  it('is refused where memory, processes or CPU were not given to us', () => {
    writeFileSync(join(folder, 'cgroup.controllers'), 'cpu io\n')
    writeFileSync(join(folder, 'cgroup.procs'), '')
    assert.throws(() => openCgroupsV2(folder, folder, 'atelier-1-1-a', { memoryBytes: 1, processes: 1 }, null), /memory, pids/)
  })

  it('plans every limit of a box before its program runs', () => {
    const plan = planV2('/sys/fs/cgroup/x/atelier-1-1-a', { memoryBytes: 64, processes: 8 })
    assert.deepEqual(
      plan.limits.map(([, file, value]) => `${file}=${value}`),
      ['memory.max=64', 'memory.swap.max=0', 'memory.oom.group=1', 'pids.max=8', 'cpu.max=100000 100000'],
    )
    assert.deepEqual([plan.binds[0]?.source, plan.joins], ['/sys/fs/cgroup/x/atelier-1-1-a', [['unified', 'cgroup.procs']]])
  })

  it('reads what a box used and changes its limits', () => {
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
    write('cpu.stat', 'usage_usec 2500\nuser_usec 2000\nsystem_usec 500\n')
    write('memory.current', '1024\n')
    write('memory.events', 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 1\n')
    write('pids.events', 'max 5\n')
    write('cpu.max', '')
    const group = boxGroupsV2(folder)
    assert.deepEqual(group.usage(), { cpuMs: 2.5, peakBytes: 1024, outOfMemory: 2, refusedForks: 5 })
    write('memory.peak', '4096\n')
    assert.equal(group.usage().peakBytes, 4096)
    group.setLimits({ memoryBytes: 128, processes: 9 })
    group.liftCpu()
    const read = (file: string) => readFileSync(join(folder, file), 'utf8')
    assert.deepEqual([read('memory.max'), read('pids.max'), read('cpu.max')], ['128', '9', 'max 100000'])
  })
})
