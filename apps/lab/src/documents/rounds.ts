/** Rounds of one load on each server in turn, each on new documents, after one round that warms up and is not counted. */
import { median } from '../statistics.ts'
import { type Figures, rounded } from './goals.ts'
import type { Pointed, Typed } from './load.ts'
import type { Load } from './load-process.ts'
import type { Contender } from './peers.ts'

/** Of a server that was left out: not a number. */
const middle = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : median(values))

export type Cost = { readonly serverMs: number; readonly databaseMs: number }
export type Shape = { readonly documents: number; readonly members: number; readonly atOnce: number }

/** Runs `work` and says what the server and its database used meanwhile. */
export async function costOf<Answer>(contender: Contender, work: () => Promise<Answer>): Promise<Answer & Cost> {
  const before = contender.cpuMs()
  const answer = await work()
  const after = contender.cpuMs()
  return { ...answer, serverMs: after.server - before.server, databaseMs: after.database - before.database }
}

export type Rounds = {
  readonly contenders: readonly Contender[]
  readonly load: Load
  readonly rounds: number
  readonly seconds: number
}

export async function inTurns<Result>(
  { contenders, load, rounds }: Rounds,
  shape: Shape,
  work: (contender: Contender, round: number) => Promise<Result>,
): Promise<Map<string, Result[]>> {
  const results = new Map<string, Result[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1)
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const addresses = await contender.documents(shape.documents, shape.members)
      await load.tell({ do: 'connect', rooms: addresses, members: shape.members, atOnce: shape.atOnce })
      const result = await work(contender, round)
      await load.tell({ do: 'leave' })
      if (round > 0) results.get(contender.name)?.push(result)
    }
  return results
}

export async function typing(rounds: Rounds, shape: Shape, keysPerSecond: number): Promise<Figures> {
  const { load, seconds } = rounds
  const results = await inTurns(rounds, shape, async (contender, round) => {
    const typed = await costOf(contender, () => load.tell({ do: 'type', seconds, keysPerSecond, seed: round + 1 }))
    const { wrong } = await load.tell({ do: 'verify', documents: 3 })
    if (typed.missing > 0 || wrong > 0)
      console.log(`  ${contender.name}: ${typed.missing} of ${typed.deliveries} deliveries MISSING, ${wrong} texts WRONG`)
    return { ...typed, isExact: typed.missing === 0 && wrong === 0 }
  })
  printTyping(results)
  const of = (name: string, pick: (one: Typed & Cost) => number): number => middle((results.get(name) ?? []).map(pick))
  const ratio = (pick: (one: Typed & Cost) => number): number => rounded(of('ours', pick) / of('hocuspocus', pick))
  return {
    p50Ratio: ratio((one) => one.p50Ms),
    p99Ratio: ratio((one) => one.p99Ms),
    cpuPerDeliveryRatio: ratio((one) => one.serverMs / one.deliveries),
    cpuWithDatabaseRatio: ratio((one) => (one.serverMs + one.databaseMs) / one.deliveries),
    p50Ms: rounded(of('ours', (one) => one.p50Ms)),
    p99Ms: rounded(of('ours', (one) => one.p99Ms)),
    exact: (results.get('ours') ?? []).every((one) => one.isExact),
  }
}

function printTyping(results: ReadonlyMap<string, readonly (Typed & Cost)[]>): void {
  console.log(`${' '.repeat(22)}p50 ms    p99 ms   CPU ms / 1,000 deliveries   + database   frames / delivery`)
  for (const [name, all] of results) {
    if (all.length === 0) continue
    const of = (pick: (one: Typed & Cost) => number): number => median(all.map(pick))
    const cells = [
      of((one) => one.p50Ms)
        .toFixed(2)
        .padStart(10),
      of((one) => one.p99Ms)
        .toFixed(2)
        .padStart(10),
      of((one) => (one.serverMs / one.deliveries) * 1000)
        .toFixed(2)
        .padStart(29),
      of((one) => (one.databaseMs / one.deliveries) * 1000)
        .toFixed(2)
        .padStart(13),
      of((one) => one.frames / one.deliveries)
        .toFixed(2)
        .padStart(20),
    ]
    console.log(`  ${name.padEnd(18)}${cells.join('')}`)
  }
}

export async function pointing(rounds: Rounds, shape: Shape, perSecond: number): Promise<Figures> {
  const { load, seconds } = rounds
  const results = await inTurns(rounds, shape, (contender) =>
    costOf(contender, () => load.tell({ do: 'point', seconds, perSecond })),
  )
  const of = (name: string, pick: (one: Pointed & Cost) => number): number => middle((results.get(name) ?? []).map(pick))
  const perState = (one: Pointed & Cost): number => one.serverMs / one.offered
  for (const name of results.keys())
    console.log(
      `  ${name.padEnd(18)} CPU ms / 1,000 states ${(of(name, perState) * 1000).toFixed(2).padStart(7)}` +
        `   p50 ${of(name, (one) => one.p50Ms).toFixed(1)} ms   states that arrived ${of(name, (one) => (100 * one.delivered) / one.offered).toFixed(0)} %`,
    )
  return {
    cpuRatio: rounded(of('ours', perState) / of('hocuspocus', perState)),
    p50Ms: rounded(of('ours', (one) => one.p50Ms)),
    p50Ratio: rounded(of('ours', (one) => one.p50Ms) / of('hocuspocus', (one) => one.p50Ms)),
  }
}
