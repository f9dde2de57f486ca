import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { comparePosture, type Expectation, expectationOf, type PostureFacts } from './posture.ts'

const facts: PostureFacts = {
  ...{ kernelUser: 'its own', user: '1000 1000 1000 1000', group: '1000 1000 1000 1000', groups: [] },
  capabilities: { effective: '0', bounding: '0' },
  ...{ noNewPrivileges: '1', seccomp: '2', processes: 2, hostname: 'atelier' },
  namespaces: { net: 'own', time: 'shared' },
  mounts: [
    { at: '/', kind: 'tmpfs', flags: ['nosuid', 'ro'] },
    { at: '/etc/hosts', kind: 'ext4', flags: ['nosuid', 'ro'] },
  ],
  ...{ writable: ['/tmp'], descriptors: { 0: 'pipe' }, environment: ['HOME'], interfaces: ['lo'], devices: ['null'] },
  limits: { core: 0 },
}

const expected: Expectation = {
  ...{ kernelUser: { oneOf: ['its own', 'unseen'] }, user: '1000 1000 1000 1000', group: { notCompared: 'it is the guest’s' } },
  groups: [],
  capabilities: { effective: '0', bounding: '0' },
  ...{ noNewPrivileges: '1', seccomp: '2', processes: 2, hostname: 'atelier' },
  namespaces: { net: 'own', 'time?': 'shared' },
  mounts: [
    { at: '/', kind: 'tmpfs', flags: ['ro', 'nosuid'] },
    { at: '/etc/*', flags: ['ro'] },
    { at: '/var?', flags: ['ro'] },
  ],
  ...{
    writable: ['/tmp'],
    descriptors: { 0: 'pipe' },
    environment: ['HOME', 'LC_CTYPE?'],
    interfaces: ['lo'],
    devices: ['null'],
  },
  limits: { core: 0 },
}

const differences = (change: Partial<PostureFacts>) => comparePosture({ ...facts, ...change }, expected)

test('a sandbox that is as meant differs in nothing', () => {
  assert.deepEqual(differences({}), [])
  assert.deepEqual(differences({ kernelUser: 'unseen', group: 'anything', environment: ['HOME', 'LC_CTYPE'] }), [])
})

test('every wall that differs is named with what it is and what was meant', () => {
  assert.deepEqual(differences({ kernelUser: 'root' }), ['the user that the kernel sees is root, not its own or unseen'])
  assert.deepEqual(differences({ seccomp: '0' }), ['the seccomp mode is 0, not 2'])
  assert.deepEqual(differences({ noNewPrivileges: null }), ['no_new_privs is unknown, not 1'])
  assert.deepEqual(differences({ capabilities: { effective: '0', bounding: '3f' } }), [
    'the set of capabilities bounding is 3f, not 0',
  ])
  assert.deepEqual(differences({ namespaces: { net: 'shared', time: 'shared' } }), ['the namespace net is shared, not own'])
  assert.deepEqual(differences({ interfaces: ['eth0', 'lo'] }), ['the network interface eth0 should not be there'])
  assert.deepEqual(differences({ writable: [] }), ['the writable place /tmp is missing'])
})

test('what should not be there is named: a descriptor, a mount, a variable, a device', () => {
  assert.deepEqual(differences({ descriptors: { 0: 'pipe', 7: 'socket' } }), [
    'the open descriptor 7 (socket) should not be there',
  ])
  const extra = { at: '/host', kind: 'ext4', flags: ['rw'] }
  assert.deepEqual(differences({ mounts: [...(facts.mounts ?? []), extra] }), ['the mount /host (ext4, rw) should not be there'])
  assert.deepEqual(differences({ environment: ['DATABASE_URL', 'HOME'] }), [
    'the environment variable DATABASE_URL should not be there',
  ])
  assert.deepEqual(differences({ devices: ['kvm', 'null'] }), ['the device kvm should not be there'])
})

test('a mount lacks no flag, and is of its kind', () => {
  assert.deepEqual(differences({ mounts: [{ at: '/', kind: 'overlay', flags: ['rw'] }] }), [
    'the mount / is overlay, not tmpfs',
    'the mount / is not ro',
    'the mount / is not nosuid',
  ])
  assert.deepEqual(differences({ mounts: [] }), ['the mount / is missing'])
})

test('what cannot be read is a difference, except where it is not compared', () => {
  const lost = { namespaces: null, descriptors: null, mounts: null, interfaces: null, limits: null }
  assert.equal(differences(lost).length, 5)
})

test('every expectation that is checked in can be read', () => {
  const files = readdirSync(join(import.meta.dirname, 'expected'))
  assert.ok(files.includes('container.json'))
  for (const file of files) expectationOf(file.replace('.json', '') as 'container')
})
