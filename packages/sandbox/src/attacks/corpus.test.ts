import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadAttacks } from './corpus.ts'

describe('the attack corpus', () => {
  it('has attacks of every class, and all of them can be read', async () => {
    const attacks = await loadAttacks()
    const classes = new Set(attacks.map((attack) => attack.name.split('/')[0]))
    const wanted = ['exhaustion', 'lifecycle', 'leaks', 'escapes', 'compile-bombs', 'tampering', 'persistence']
    for (const each of [...wanted, 'project', 'network', 'packages']) assert.ok(classes.has(each), each)
    assert.ok(attacks.length >= 140, String(attacks.length))
  })

  it('puts the canaries of a run into the programs, and leaves other words alone', async () => {
    const [attack] = await loadAttacks('leaks/host-files', { FILE: '/tmp/canary' })
    const program = attack?.files.find((file) => file.path === 'main.py')
    assert.match(Buffer.from(program?.content ?? '').toString(), /\("\/tmp\/canary", "@FOLDER@"/)
  })

  it('names only files of its programs', async () => {
    for (const attack of await loadAttacks()) {
      const script = attack.warmth === 'exec' ? undefined : attack.argv[0]
      assert.ok(script === undefined || attack.files.some((file) => file.path === script), attack.name)
      assert.ok(attack.next === undefined || attack.files.some((file) => file.path === attack.next?.[0]), attack.name)
    }
  })
})
