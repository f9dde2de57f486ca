import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IsolationSettings, isolationContradiction, isolationPolicyOf } from './isolation-policy.ts'

const settings: IsolationSettings = {
  ...{ isolation: undefined, isolationMinimum: undefined, isolations: undefined, trustEveryone: 'no' },
  ...{ host: '127.0.0.1', publicUrl: undefined, trustProxy: 'no' },
}
const policy = (change: Partial<IsolationSettings>) => isolationPolicyOf({ ...settings, ...change })
const contradiction = (change: Partial<IsolationSettings>) => isolationContradiction({ ...settings, ...change })

test('without settings a program gets a container, and may ask for anything stronger', () => {
  assert.deepEqual(policy({}), { usual: 'container', minimum: 'container', allowed: ['container', 'gvisor', 'microvm'] })
  assert.equal(contradiction({}), null)
})

test('who sets the usual wall lower has lowered the minimum; who sets it higher has not raised it', () => {
  assert.deepEqual(policy({ isolation: 'process' }).allowed, ['process', 'container', 'gvisor', 'microvm'])
  assert.deepEqual(policy({ isolation: 'gvisor' }).allowed, ['container', 'gvisor', 'microvm'])
  assert.deepEqual(policy({ isolation: 'gvisor', isolationMinimum: 'gvisor' }).allowed, ['gvisor', 'microvm'])
  assert.deepEqual(policy({ isolations: ['container'] }).allowed, ['container'])
})

test('walls that contradict each other are named with both settings and the cure', () => {
  assert.match(
    contradiction({ isolation: 'container', isolationMinimum: 'gvisor' }) ?? '',
    /^ATELIER_ISOLATION \(container\) is weaker than ATELIER_ISOLATION_MINIMUM \(gvisor\): raise the first or lower the second\.$/,
  )
  assert.match(
    contradiction({ isolations: ['gvisor'] }) ?? '',
    /^ATELIER_ISOLATIONS \(gvisor\) lacks container, which is ATELIER_ISOLATION:/,
  )
  assert.match(
    contradiction({ isolations: ['process', 'container'] }) ?? '',
    /^ATELIER_ISOLATIONS has process, which is weaker than ATELIER_ISOLATION_MINIMUM \(container\)/,
  )
})

test('a variant without isolation is one for this machine only, unless everybody is trusted; a setting overrules it', () => {
  const ofVariant = (change: Partial<IsolationSettings>) => isolationContradiction({ ...settings, ...change }, 'process')
  assert.equal(isolationPolicyOf(settings, 'process').usual, 'process')
  assert.equal(ofVariant({}), null)
  assert.match(
    ofVariant({ host: '0.0.0.0' }) ?? '',
    /^This variant \(ATELIER_VARIANT\) allows process, .*ATELIER_TRUST_EVERYONE=yes/,
  )
  assert.equal(ofVariant({ host: '0.0.0.0', trustEveryone: 'yes' }), null)
  assert.equal(ofVariant({ host: '0.0.0.0', isolation: 'container' }), null)
  assert.match(
    ofVariant({ isolationMinimum: 'container' }) ?? '',
    /^ATELIER_ISOLATION \(process, from the variant\) is weaker than/,
  )
})

test('no isolation at all is refused where other machines can reach the server, unless everybody is trusted', () => {
  const open = { isolation: 'process' } as const
  assert.equal(contradiction(open), null)
  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1']) assert.equal(contradiction({ ...open, host }), null, host)
  for (const reachable of [
    ...[
      { host: '0.0.0.0' },
      { host: '::' },
      { host: '192.168.1.2' },
      { host: 'code.example.org' },
      { host: '127.0.0.1.example.org' },
    ],
    ...[{ publicUrl: 'https://code.example.org' }, { trustProxy: 'yes' as const }],
  ]) {
    assert.match(
      contradiction({ ...open, ...reachable }) ?? '',
      /ATELIER_ISOLATION .*ATELIER_TRUST_EVERYONE=yes/,
      JSON.stringify(reachable),
    )
    assert.equal(contradiction({ ...open, ...reachable, trustEveryone: 'yes' }), null)
    assert.equal(contradiction({ ...reachable }), null)
  }
  const asked = { isolation: 'container', isolationMinimum: 'process', host: '0.0.0.0' } as const
  assert.match(contradiction(asked) ?? '', /ATELIER_TRUST_EVERYONE/)
})
