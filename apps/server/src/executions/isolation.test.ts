import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import type { Isolation, Root } from '@atelier/sandbox/sandbox'
import { chooseIsolation, isolationOffers, type TierSource } from './isolation.ts'
import type { ExecutionPlan } from './live-execution.ts'

const policy = { usual: 'container', minimum: 'container', allowed: ['container', 'gvisor', 'microvm'] } as const
const finding = { name: 'kvm', ok: false, detail: '/dev/kvm is not there', remedy: 'load the kvm module' }
const states: Readonly<Record<Isolation, ReturnType<TierSource['state']>>> = {
  process: { state: 'usable', probe: { usable: true, summary: 'no isolation', findings: [] } },
  container: { state: 'usable', probe: { usable: true, summary: 'namespaces', findings: [] } },
  gvisor: { state: 'examining', probe: null },
  microvm: { state: 'unusable', probe: { usable: false, summary: 'not usable here', findings: [finding] } },
}
const tiers: TierSource = {
  state: (level) => states[level],
  canShow: (level, root) => level !== 'gvisor' || root.kind === 'image',
  lease: async (level) => {
    throw new Error(`leased ${level}`)
  },
}
const refusal = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.code === code && pattern.test(error.message)

const planIn = (root: Root): ExecutionPlan => ({
  compile: null,
  run: () => ({
    spec: { root, warmth: 'python' },
    program: {
      ...{ argv: ['main.py'], environment: {}, files: [] },
      limits: { cpuMs: 1, wallMs: 1, memoryBytes: 1, processes: 1, diskBytes: 1, diskFiles: 1, outputBytes: 1 },
    },
  }),
})

test('a request that asks for no wall gets the usual one, and one that asks gets what it asked for', async () => {
  assert.equal(chooseIsolation(undefined, policy, tiers).level, 'container')
  const chosen = chooseIsolation('gvisor', policy, tiers)
  assert.equal(chosen.level, 'gvisor')
  await assert.rejects(
    chosen.sandboxes.lease({ root: { kind: 'host' }, warmth: 'exec' }, new AbortController().signal),
    /leased gvisor/,
  )
})

test('a wall below the minimum, or not in the list, is refused with those that are allowed', () => {
  assert.throws(
    () => chooseIsolation('process', policy, tiers),
    refusal(
      'isolation-not-allowed',
      /does not run programs with the isolation "process"\. It allows container, gvisor, microvm;/,
    ),
  )
})

test('a wall that this machine cannot build is refused with the reason and the remedy', () => {
  assert.throws(
    () => chooseIsolation('microvm', policy, tiers),
    refusal(
      'isolation-unavailable',
      /cannot be used here: \/dev\/kvm is not there\. For the person who hosts: load the kvm module\./,
    ),
  )
})

test('a language that a wall cannot show is refused, with the walls that can', () => {
  const { checkPlan } = chooseIsolation('gvisor', policy, tiers)
  assert.doesNotThrow(() => checkPlan(planIn({ kind: 'image', folder: '/x' }), 'Go'))
  assert.throws(
    () => checkPlan(planIn({ kind: 'host' }), 'Python'),
    refusal('isolation-unavailable', /^Python comes from this machine itself, .* Ask for container or microvm\.$/),
  )
})

test('the page is offered what the policy allows, each with how it stands', () => {
  assert.deepEqual(
    isolationOffers(policy, tiers).map(({ level, state, findings }) => [level, state, findings.length]),
    [
      ['container', 'usable', 0],
      ['gvisor', 'examining', 0],
      ['microvm', 'unusable', 1],
    ],
  )
})
