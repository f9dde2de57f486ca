/** What every TextEngine and its Replica promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carryOut, type Tried } from './carry-out.ts'
import { type Plan, planOf, shortened } from './plan.ts'

/** SEED=… repeats one plan, SEEDS=… tries so many. */
const seed = process.env.SEED === undefined ? null : Number(process.env.SEED)
const seeds = Number(process.env.SEEDS ?? 150)

export function keepsEngineContract(tried: Tried): void {
  const { name, engine } = tried

  test(`${name}: whatever happens on the way, all end with what is stored, nothing acknowledged is lost and nothing doubled`, () => {
    for (const each of seed === null ? Array.from({ length: seeds }, (_, index) => index + 1) : [seed]) tryPlan(planOf(each))
  })

  function tryPlan(plan: Plan): void {
    const error = failureOf(plan)
    if (error === null) return
    const short = shortened(plan, (fewer) => failureOf(fewer) !== null)
    const why = failureOf(short) ?? error
    throw new Error(
      `SEED=${plan.seed} repeats this. Shortened:\n${JSON.stringify({ ...short, steps: undefined })}\n${short.steps.map((step) => JSON.stringify(step)).join('\n')}`,
      { cause: why },
    )
  }

  function failureOf(plan: Plan): unknown {
    try {
      carryOut(tried, plan)
      return null
    } catch (error) {
      return error
    }
  }

  test(`${name}: a text comes back as it was given, whatever is in it`, () => {
    for (const text of ['', 'plain\n', '\u0000\u2028"\\', '😀 e\u0301 👨‍👩‍👧 𝔘', '\ufeffwith a mark']) {
      const stored = { snapshot: engine.snapshotOf(text), records: [] }
      assert.equal(engine.textOf(stored), text)
      assert.deepEqual(engine.compact(stored).text, text)
    }
    assert.equal(engine.textOf({ snapshot: engine.snapshotOf('a\ud83db'), records: [] }), 'a\ufffdb')
  })
}
