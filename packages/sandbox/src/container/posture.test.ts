import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { comparePosture } from './posture.ts'

const nothing = '0000000000000000'
const good = `
NoNewPrivs: 1
Seccomp: 2
CapInh: ${nothing}
CapPrm: ${nothing}
CapEff: ${nothing}
CapBnd: ${nothing}
CapAmb: ${nothing}
Uid: 1000 1000 1000 1000
Gid: 1000 1000 1000 1000
interfaces: lo
descriptors: 0 1 2 3
secrets:
environment: HOME LANG LOGNAME PATH PWD SHELL USER
`

describe('the posture of a box', () => {
  it('is accepted when it is as meant', () => {
    assert.deepEqual(comparePosture(good), [])
  })

  it('is refused with a sentence for everything that differs or is missing', () => {
    const bad = good
      .replace('Seccomp: 2', 'Seccomp: 0')
      .replace('interfaces: lo', 'interfaces: eth0 lo')
      .replace('Uid: 1000', 'Uid: 0')
    assert.deepEqual(comparePosture(`${bad}writable: /etc\n`), [
      'Seccomp is 0, not 2',
      'Uid is 0 1000 1000 1000, not 1000 1000 1000 1000',
      'interfaces is eth0 lo, not lo',
      '/etc is writable',
    ])
    assert.equal(comparePosture('').length, 13)
  })
})
