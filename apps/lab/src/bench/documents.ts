// Editing together: latency, CPU and memory of typing, cursors, idle connections and a long trace, beside hocuspocus in the same run
import { parseArgs } from 'node:util'
import { type Figures, printGoals } from '../documents/goals.ts'
import { idleConnections, openDocuments } from '../documents/held-memory.ts'
import { type Load, startLoad } from '../documents/load-process.ts'
import { orderedOperations } from '../documents/ordered.ts'
import { startOurServer } from '../documents/our-server.ts'
import { type Contender, startPeer } from '../documents/peers.ts'
import { pointing, type Rounds, typing } from '../documents/rounds.ts'
import { wholeTrace } from '../documents/whole-trace.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: process.env.ATELIER_BENCH_ROUNDS ?? '3' },
    seconds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '10000' },
    documents: { type: 'string', default: '2000' },
    /** A recording in the format of josephg/editing-traces; without it one is generated. */
    trace: { type: 'string', default: process.env.ATELIER_TRACE ?? '' },
    /** Two rows less: without our server (while it is being changed), or without the third one. */
    without: { type: 'string', default: '' },
  },
})

type Scenario = { readonly name: string; readonly title: string; readonly run: (bench: Bench) => Promise<Figures> }
type Bench = { readonly load: Load; readonly open: readonly (() => Promise<Contender>)[]; readonly rounds: Rounds }

const scenarios: readonly Scenario[] = [
  {
    name: 'twoTypists',
    title: 'two typists in one document, 5 keys/s each',
    run: ({ rounds }) => typing({ ...rounds, seconds: 2 * rounds.seconds }, { documents: 1, members: 2, atOnce: 2 }, 5),
  },
  {
    name: 'fiftyTypistsAt5',
    title: '50 typists in one document, 5 keys/s each',
    run: ({ rounds }) => typing(rounds, { documents: 1, members: 50, atOnce: 10 }, 5),
  },
  {
    name: 'fiftyTypistsAt40',
    title: '50 typists in one document, 40 keys/s each',
    run: ({ rounds }) => typing(rounds, { documents: 1, members: 50, atOnce: 10 }, 40),
  },
  {
    name: 'twoHundredDocuments',
    title: '200 documents with 4 typists each, 5 keys/s each',
    run: ({ rounds }) => typing(rounds, { documents: 200, members: 4, atOnce: 20 }, 5),
  },
  {
    name: 'cursors',
    title: '100 cursors in one document, 10 moves/s each',
    run: ({ rounds }) => pointing(rounds, { documents: 1, members: 100, atOnce: 10 }, 10),
  },
  {
    name: 'idle',
    title: 'idle connections',
    run: ({ load, open }) => idleConnections(open, load, { connections: Number(values.idle), perDocument: 90 }),
  },
  {
    name: 'openDocuments',
    title: 'open documents',
    run: ({ load, open }) => openDocuments(open, load, Number(values.documents)),
  },
  {
    name: 'trace',
    title: 'a long recording',
    run: ({ load, rounds }) => wholeTrace(rounds.contenders, load, values.trace === '' ? undefined : values.trace),
  },
  {
    name: 'ordered',
    title: 'operational transformation (variant v1): 50 typists in one document, 10 keys/s each',
    run: ({ rounds }) => orderedOperations(rounds.rounds, rounds.seconds),
  },
]

const chosen = scenarios.filter(({ name }) => name.includes(values.only))
const open = [
  { name: 'ours', start: () => startOurServer() },
  { name: 'hocuspocus', start: () => startPeer('hocuspocus') },
  { name: 'y-websocket-server', start: () => startPeer('y-websocket-server') },
].filter(({ name }) => !values.without.split(',').includes(name))

console.log(
  `hocuspocus 4.7 stores 2 to 10 s after an edit and says "saved" before; y-websocket-server hands it to LevelDB without waiting for\n` +
    `the disk; ours sends an edit to nobody before PostgreSQL has committed it. ${values.rounds} rounds in turns, medians; a delivery is one edit\n` +
    `arriving at one client.`,
)
const load = startLoad()
const contenders: Contender[] = []
const report: Record<string, Figures> = {}
try {
  for (const { start } of open) contenders.push(await start())
  const rounds = { contenders, load, rounds: Number(values.rounds), seconds: Number(values.seconds) }
  for (const { name, title, run } of chosen) {
    console.log(`\n${title}`)
    const figures = await run({ load, open: open.map(({ start }) => start), rounds })
    report[name] = figures
    printGoals(name, figures)
  }
  console.log(`\n${JSON.stringify(report)}`)
} finally {
  await load.stop()
  for (const contender of contenders) await contender.stop()
}
