import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Pool, type PoolOptions, type PoolTarget } from './pool.ts'
import type { Sandbox, SandboxDriver, SandboxSpec } from './sandbox.ts'

const python: SandboxSpec = { root: { kind: 'host' }, warmth: 'python' }
const node: SandboxSpec = { root: { kind: 'host' }, warmth: 'node' }

/** A driver whose boxes are names; openings happen when the test says so, or at once. */
class FakeDriver implements SandboxDriver {
  readonly isolation = 'container'
  readonly alive = new Set<string>()
  readonly pending: { resolve: () => void; reject: (error: Error) => void }[] = []
  atOnce = true
  opened = 0
  openingAtMost = 0
  /** What a started program writes, and how it ends. */
  output = 'well\n'
  /** Sandboxes that refuse to be destroyed. */
  readonly immortal = new Set<string>()
  #opening = 0
  readonly #deaths = new Map<string, () => void>()

  async probe() {
    return { usable: true, summary: '', findings: [] }
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    this.#opening += 1
    this.openingAtMost = Math.max(this.openingAtMost, this.#opening)
    try {
      if (this.atOnce) await new Promise((resolve) => setImmediate(resolve))
      else {
        await new Promise<void>((resolve, reject) => {
          this.pending.push({ resolve, reject })
          signal?.addEventListener('abort', () => reject(new Error('aborted')))
        })
      }
    } finally {
      this.#opening -= 1
    }
    this.opened += 1
    const id = `${spec.warmth}-${this.opened}`
    this.alive.add(id)
    const died = new Promise<void>((resolve) => this.#deaths.set(id, resolve))
    return {
      isolation: 'container',
      id,
      died,
      start: (_program, onOutput) => {
        onOutput('stdout', Buffer.from(this.output))
        const end = {
          reason: 'exited',
          exitCode: 0,
          signal: null,
          cpuMs: 1,
          wallMs: 1,
          peakBytes: 1,
          outputBytes: 5,
          collected: [],
        } as const
        return {
          write: async () => {},
          endInput() {},
          signal() {},
          resize() {},
          kill() {},
          pause() {},
          resume() {},
          ended: Promise.resolve(end),
        }
      },
      destroy: async () => {
        if (this.immortal.has(id)) throw new Error('it lives on')
        this.alive.delete(id)
      },
    }
  }

  die(id: string): void {
    this.alive.delete(id)
    this.#deaths.get(id)?.()
  }

  async close(): Promise<void> {}
}

const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

function makePool(targets: readonly PoolTarget[], change: Partial<PoolOptions> & { atOnce?: boolean } = {}) {
  const driver = new FakeDriver()
  driver.atOnce = change.atOnce ?? true
  const pool = new Pool({ driver, log: silentLog, targets, ceiling: 16, ...change })
  return { driver, pool }
}

describe('the warm pool', () => {
  it('fills its shelves and hands a warm sandbox out at once', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 3 }])
    await pool.full()
    assert.equal(driver.alive.size, 3)
    const sandbox = await pool.lease(python)
    assert.ok(driver.alive.has(sandbox.id))
    await settle()
    const { hits, misses, idle, opened } = pool.snapshot()
    assert.deepEqual({ hits, misses, idle, opened }, { hits: 1, misses: 0, idle: 3, opened: 4 })
    await pool.close()
  })

  it('never hands a sandbox out twice', async () => {
    const { pool } = makePool([{ spec: python, size: 2 }])
    const leased = await Promise.all(Array.from({ length: 20 }, () => pool.lease(python)))
    assert.equal(new Set(leased.map((sandbox) => sandbox.id)).size, 20)
    await pool.close()
  })

  it('serves those who wait in their order, also for a kind it keeps none of', async () => {
    const { driver, pool } = makePool([], { atOnce: false })
    const order: string[] = []
    const waiting = ['a', 'b', 'c'].map((name) => pool.lease(node).then(() => order.push(name)))
    await settle()
    assert.deepEqual([driver.pending.length, pool.snapshot().waiting, pool.snapshot().misses], [3, 3, 3])
    for (const opening of driver.pending) opening.resolve()
    await Promise.all(waiting)
    assert.deepEqual(order, ['a', 'b', 'c'])
    assert.equal(pool.snapshot().idle, 0)
    await pool.close()
  })

  it('opens no more at once than it may', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 10 }], { parallel: 3 })
    await pool.full()
    assert.equal(driver.openingAtMost, 3)
    await pool.close()
  })

  it('keeps below its ceiling and makes room for who waits', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 10 }], { ceiling: 4 })
    await settle()
    assert.equal(driver.alive.size, 4)
    await pool.lease(node)
    await settle()
    const { idle, opening } = pool.snapshot()
    assert.ok(idle + opening <= 4)
    await pool.close()
  })

  it('replaces a sandbox that died while it waited', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 2 }])
    await pool.full()
    const [victim = ''] = driver.alive
    driver.die(victim)
    await settle()
    assert.deepEqual([pool.snapshot().died, pool.snapshot().idle, driver.alive.has(victim)], [1, 2, false])
    await pool.close()
  })

  it('tells who waits when none can be opened, and asks a failing driver less often', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 1 }], { atOnce: false })
    await settle()
    const waiting = pool.lease(python)
    driver.pending[0]?.reject(new Error('broken'))
    await assert.rejects(waiting, /broken/)
    await settle()
    assert.deepEqual([driver.pending.length, pool.snapshot().failed, pool.snapshot().opening], [1, 1, 0])
    await pool.close()
  })

  it('drops a waiting caller who goes away, and keeps the sandbox', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 1 }], { atOnce: false })
    const controller = new AbortController()
    const waiting = pool.lease(python, controller.signal)
    controller.abort(new Error('gone'))
    await assert.rejects(waiting, /gone/)
    await assert.rejects(pool.lease(python, controller.signal), /gone/)
    await settle()
    for (const opening of driver.pending) opening.resolve()
    await settle()
    assert.deepEqual([pool.snapshot().idle, pool.snapshot().waiting], [1, 0])
    await pool.close()
  })

  it('takes new targets: empties what is no longer wanted, fills the rest', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 3 }])
    await pool.full()
    pool.retarget([{ spec: node, size: 2 }])
    await pool.full()
    await settle()
    assert.deepEqual(
      [...driver.alive].map((id) => id.split('-')[0]),
      ['node', 'node'],
    )
    await pool.close()
  })

  it('leaves nothing alive when it closes, and refuses afterwards', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 3 }], { atOnce: false })
    await settle()
    driver.pending[0]?.resolve()
    await settle()
    const waiting = assert.rejects(pool.lease(node), /closed/)
    await pool.close()
    await waiting
    assert.equal(driver.alive.size, 0)
    await assert.rejects(pool.lease(python), /closed/)
  })

  it('grows with the demand, shrinks after it one by one, and never below what it always has', async () => {
    let now = Date.UTC(2026, 10, 20, 9)
    const { driver, pool } = makePool(
      [
        { spec: python, size: 2 },
        { spec: node, size: 1 },
      ],
      { now: () => now },
    )
    await pool.full()
    for (let count = 0; count < 8; count += 1) await (await pool.lease(python)).destroy()
    now += 1000
    pool.adapt()
    await pool.full()
    assert.equal(pool.snapshot().wanted, 11)
    now += 6 * 60_000
    pool.adapt()
    assert.equal(pool.snapshot().idle, 10)
    for (let turn = 0; turn < 20; turn += 1) pool.adapt()
    await settle()
    assert.deepEqual([...driver.alive].map((id) => id.split('-')[0]).toSorted(), ['node', 'python', 'python'])
    await pool.close()
  })

  it('keeps no more warm than memory allows, and shares that between the kinds', async () => {
    let bytes = 100
    const costBytes = ({ warmth }: SandboxSpec) => (warmth === 'node' ? 40 : 10)
    const { pool } = makePool(
      [
        { spec: node, size: 2 },
        { spec: python, size: 3 },
      ],
      { memoryBytes: () => bytes, costBytes },
    )
    await pool.full()
    assert.equal(pool.snapshot().idle, 4)
    bytes = 50
    for (let turn = 0; turn < 5; turn += 1) pool.adapt()
    assert.deepEqual([pool.snapshot().wanted, pool.snapshot().idle], [2, 2])
    await pool.close()
  })

  it('tries a warm sandbox of each kind out, and replaces all of a kind that does not work', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 2 }])
    await pool.full()
    const before = [...driver.alive]
    await pool.tryOut()
    await settle()
    assert.deepEqual([pool.snapshot().ailing, pool.snapshot().idle, driver.alive.has(before[1] ?? '')], [0, 2, true])
    driver.output = 'ill'
    await pool.tryOut()
    await settle()
    assert.deepEqual([pool.snapshot().ailing, pool.snapshot().idle], [1, 2])
    assert.ok(before.every((id) => !driver.alive.has(id)))
    await pool.close()
  })

  it('counts who is handed out until it is destroyed, and holds what does not die', async () => {
    const { driver, pool } = makePool([{ spec: python, size: 1 }])
    const [first, second] = [await pool.lease(python), await pool.lease(python)]
    assert.equal(pool.snapshot().leased, 2)
    driver.immortal.add(first.id)
    await first.destroy()
    await second.destroy()
    assert.deepEqual([pool.snapshot().leased, pool.snapshot().quarantined], [0, 1])
    await pool.close()
  })

  it('gives its experience of the day to the next one', async () => {
    let now = Date.UTC(2026, 10, 20, 9)
    const first = makePool([{ spec: python, size: 1 }], { now: () => now })
    await Promise.all(Array.from({ length: 4 }, () => first.pool.lease(python)))
    now += 20 * 60_000
    first.pool.adapt()
    const profiles = JSON.parse(JSON.stringify(first.pool.profiles))
    await first.pool.close()
    now = Date.UTC(2026, 10, 21, 9)
    const second = makePool([{ spec: python, size: 1 }], { now: () => now, profiles })
    assert.equal(second.pool.snapshot().wanted, 5)
    await second.pool.close()
  })

  it('keeps a kind warm by its demand alone, and one that is no target not at all', async () => {
    const { pool } = makePool([{ spec: python, size: 0 }])
    for (const spec of [python, python, node]) await (await pool.lease(spec)).destroy()
    pool.adapt()
    await pool.full()
    assert.deepEqual([pool.snapshot().wanted, pool.snapshot().idle], [3, 3])
    await pool.close()
  })
})
