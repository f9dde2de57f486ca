import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Batcher, BatcherFull, type BatcherOptions } from './batcher.ts'

type Item = { readonly key: string; readonly group: string; readonly value: number }

const item = (value: number, key = `key ${value}`, group = key): Item => ({ key, group, value })

/** A batcher whose batches end when the test says so. */
function held(options: Partial<BatcherOptions<Item, number>> = {}) {
  const batches: { items: readonly Item[]; finish: () => void; fail: (error: Error) => void }[] = []
  const batcher = new Batcher<Item, number>({
    run: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, finish: () => resolve(items.map((each) => each.value * 10)), fail: reject })
      }),
    keyOf: (each) => each.key,
    groupOf: (each) => each.group,
    lanes: 1,
    patienceMs: 0,
    maxItems: 64,
    maxWaiting: 1000,
    ...options,
  })
  return { batcher, batches }
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))
const valuesOf = (batch: { items: readonly Item[] } | undefined) => batch?.items.map((each) => each.value)

test('items of one turn of the event loop go together, and each gets its own result', async () => {
  const { batcher, batches } = held()
  const results = Promise.all([1, 2, 3].map((value) => batcher.add(item(value))))
  await turn()
  assert.deepEqual(batches.map(valuesOf), [[1, 2, 3]])
  batches[0]?.finish()
  assert.deepEqual(await results, [10, 20, 30])
})

test('what arrives while all lanes are busy waits and goes together', async () => {
  const { batcher, batches } = held()
  const first = batcher.add(item(1))
  await turn()
  const rest = Promise.all([2, 3].map((value) => batcher.add(item(value))))
  await turn()
  assert.equal(batches.length, 1)
  batches[0]?.finish()
  await first
  await turn()
  assert.deepEqual(valuesOf(batches[1]), [2, 3])
  batches[1]?.finish()
  await rest
})

test('two items with the same key never share a batch', async () => {
  const { batcher, batches } = held({ maxItems: 2 })
  const all = Promise.all([batcher.add(item(1, 'a')), batcher.add(item(2, 'a')), batcher.add(item(3, 'b'))])
  await turn()
  assert.deepEqual(valuesOf(batches[0]), [1, 3])
  batches[0]?.finish()
  await turn()
  assert.deepEqual(valuesOf(batches[1]), [2])
  batches[1]?.finish()
  assert.deepEqual(await all, [10, 20, 30])
})

test('a group is in one batch at a time and keeps its order, while other groups use the free lane', async () => {
  const { batcher, batches } = held({ lanes: 2, maxItems: 1 })
  const all = Promise.all([item(1, 'a', 'g'), item(2, 'b', 'g'), item(3, 'c', 'h')].map((each) => batcher.add(each)))
  await turn()
  assert.deepEqual(batches.map(valuesOf), [[1], [3]])
  batches[1]?.finish()
  await turn()
  assert.equal(batches.length, 2, 'the second item of the group waits although a lane is free')
  batches[0]?.finish()
  await turn()
  assert.deepEqual(valuesOf(batches[2]), [2])
  batches[2]?.finish()
  await all
})

test('a second batch starts beside the first when it is full, or when the first takes long', async ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { batcher, batches } = held({ lanes: 2, maxItems: 2, patienceMs: 10 })
  const all = [batcher.add(item(1))]
  await turn()
  all.push(batcher.add(item(2)))
  await turn()
  assert.deepEqual(batches.map(valuesOf), [[1]], 'one item waits: it would not be full')
  all.push(batcher.add(item(3)))
  await turn()
  assert.deepEqual(batches.map(valuesOf), [[1], [2, 3]])
  batches[1]?.finish()
  all.push(batcher.add(item(4)))
  await turn()
  assert.equal(batches.length, 2)
  mock.timers.tick(10)
  assert.deepEqual(valuesOf(batches[2]), [4])
  for (const batch of batches) batch.finish()
  await Promise.all(all)
})

test('a batch that fails fails its own items and nobody else', async () => {
  const { batcher, batches } = held({ maxItems: 1 })
  const [first, second] = [batcher.add(item(1)), batcher.add(item(2))]
  await turn()
  batches[0]?.fail(new Error('no'))
  await assert.rejects(first, /no/)
  await turn()
  batches[1]?.finish()
  assert.equal(await second, 20)
})

test('more than the named number of waiting items is refused at once', async () => {
  const { batcher, batches } = held({ maxItems: 1, maxWaiting: 2 })
  const first = batcher.add(item(1))
  await turn()
  const waiting = [batcher.add(item(2)), batcher.add(item(3))]
  await assert.rejects(batcher.add(item(4)), BatcherFull)
  for (const index of [0, 1, 2]) {
    batches[index]?.finish()
    await turn()
  }
  await Promise.all([first, ...waiting])
})

test('closing waits for what was taken and refuses what comes after', async () => {
  const { batcher, batches } = held({ maxItems: 1 })
  const taken = [batcher.add(item(1)), batcher.add(item(2))]
  const closed = batcher.close()
  await assert.rejects(batcher.add(item(3)), BatcherFull)
  for (const index of [0, 1]) {
    await turn()
    batches[index]?.finish()
  }
  await closed
  assert.deepEqual(await Promise.all(taken), [10, 20])
})

test('whatever arrives in whatever order, every item is done once and the rules on keys and groups hold', async () => {
  const items = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), group: fc.constantFrom('g', 'h') }), {
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(0, 1),
      async (given, lanes, maxItems, patienceMs) => {
        const done: Item[] = []
        const busy = new Set<string>()
        const batcher = new Batcher<Item, number>({
          keyOf: (each) => each.group + each.key,
          groupOf: (each) => each.group,
          lanes,
          patienceMs,
          maxItems,
          maxWaiting: 100,
          async run(batch) {
            assert.equal(new Set(batch.map((each) => each.group + each.key)).size, batch.length)
            assert.ok(batch.length <= maxItems)
            const groups = [...new Set(batch.map((each) => each.group))]
            for (const group of groups) assert.ok(!busy.has(group))
            for (const group of groups) busy.add(group)
            await turn()
            for (const group of groups) busy.delete(group)
            done.push(...batch)
            return batch.map((each) => each.value)
          },
        })
        const all = given.map((each, value) => ({ ...each, value }))
        assert.deepEqual(
          await Promise.all(all.map((each) => batcher.add(each))),
          all.map((each) => each.value),
        )
        for (const group of ['g', 'h']) {
          const order = done.filter((each) => each.group === group).map((each) => each.value)
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
          )
        }
        assert.equal(done.length, all.length)
      },
    ),
    { numRuns: 50 },
  )
})
