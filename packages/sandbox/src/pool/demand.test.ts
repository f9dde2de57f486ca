import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Demand } from './demand.ts'

const minute = 60_000
const day = 24 * 60 * minute
const nine = Date.UTC(2026, 10, 20, 9)

function burst(demand: Demand, at: number, count: number): void {
  for (let index = 0; index < count; index += 1) demand.note(at + index)
}

describe('the demand for sandboxes', () => {
  it('is nothing where nobody ever asked', () => {
    assert.equal(new Demand().wanted(nine), 0)
  })

  it('follows the latest peak and forgets it within minutes', () => {
    const demand = new Demand()
    burst(demand, nine, 20)
    assert.equal(demand.wanted(nine + 1000), 25)
    const later = demand.wanted(nine + 3 * minute)
    assert.ok(later > 0 && later < 25, `${later}`)
    assert.equal(demand.wanted(nine + 6 * minute), 0)
  })

  it('counts who asks in the same second, not who asks one after the other', () => {
    const demand = new Demand()
    for (let second = 0; second < 100; second += 1) demand.note(nine + second * 1000)
    assert.equal(demand.wanted(nine + 100_000), 2)
  })

  it('expects tomorrow what came today, a few minutes ahead, and gives up what does not come again', () => {
    const demand = new Demand()
    burst(demand, nine, 20)
    demand.note(nine + 16 * minute)
    assert.equal(demand.wanted(nine + day - 10 * minute), 0)
    assert.equal(demand.wanted(nine + day - 4 * minute), 25)
    assert.equal(demand.wanted(nine + day + 14 * minute), 25)
    for (let days = 1; days < 15; days += 1) for (const minutes of [0, 16]) demand.wanted(nine + days * day + minutes * minute)
    assert.equal(demand.wanted(nine + 15 * day), 0)
  })

  it('survives a restart through its profile, and takes none that is no profile', () => {
    const demand = new Demand()
    burst(demand, nine, 8)
    demand.note(nine + 16 * minute)
    const again = new Demand(JSON.parse(JSON.stringify(demand.profile)))
    assert.equal(again.wanted(nine + day), 10)
    for (const nonsense of [null, 'x', [1], { length: 96 }, Array(96).fill('9'), Array(96).fill(-1), Array(96).fill(1e9)])
      assert.equal(new Demand(nonsense).wanted(nine), 0)
  })
})
