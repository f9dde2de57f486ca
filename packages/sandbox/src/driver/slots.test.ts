import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Slots } from './slots.ts'

describe('slots', () => {
  it('are given once until they come back, to those who wait in their order', async () => {
    const slots = new Slots(2)
    assert.deepEqual([await slots.take(), await slots.take()], [0, 1])
    const order: string[] = []
    const waiting = ['first', 'second'].map((name) => slots.take().then((slot) => order.push(`${name} ${slot}`)))
    slots.give(1)
    slots.give(0)
    await Promise.all(waiting)
    assert.deepEqual(order, ['first 1', 'second 0'])
  })

  it('are not kept for a caller who has gone', async () => {
    const slots = new Slots(1)
    await slots.take()
    const controller = new AbortController()
    const waiting = slots.take(controller.signal)
    controller.abort(new Error('gone'))
    await assert.rejects(waiting, /gone/)
    slots.give(0)
    assert.equal(await slots.take(), 0)
  })

  it('refuse all who wait when the driver closes', async () => {
    const slots = new Slots(0)
    const waiting = slots.take()
    slots.refuseAll(new Error('closed'))
    await assert.rejects(waiting, /closed/)
  })
})
