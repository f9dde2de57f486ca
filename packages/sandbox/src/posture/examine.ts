/**
 * Whether a driver can be trusted on this machine: what it finds out itself (`probe`), and then the posture of one real
 * sandbox. Done at every start of a server before the tier is offered; a tier that differs from what is meant is refused.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { causeOf, found, missing, notUsable } from '../driver/findings.ts'
import type { Finding, Probe, Root, Sandbox, SandboxDriver, SandboxLimits, Warmth } from '../sandbox.ts'
import { comparePosture, type Expectation, expectationOf, InsideFacts, type PostureFacts } from './posture.ts'

export type Examination = {
  /** Filesystems to open the sandbox with: the first that the driver can show. */
  readonly roots: readonly Root[]
  readonly limits: SandboxLimits
  /** By default what is written down for the driver's isolation. */
  readonly expected?: Expectation
  /** `node` cannot be looked at this way. */
  readonly warmth?: Exclude<Warmth, 'node'>
}

const script = readFileSync(join(import.meta.dirname, 'inside', 'look.py'))
/** The longest list of facts that is still believed, bytes. */
const MOST_BYTES = 256 * 1024

/** Never rejects. The driver's own findings first, then one about the sandbox. */
export async function examineDriver(driver: SandboxDriver, examination: Examination): Promise<Probe> {
  const probe = await driver.probe()
  if (!probe.usable) return probe
  const finding = await examineSandbox(driver, examination)
  const findings = [...probe.findings, finding]
  return finding.ok ? { ...probe, findings } : notUsable(finding.detail, findings)
}

async function examineSandbox(driver: SandboxDriver, examination: Examination): Promise<Finding> {
  let sandbox: Sandbox | null = null
  try {
    sandbox = await openOne(driver, examination)
    const facts = await readPosture(sandbox, examination)
    const differences = comparePosture(facts, examination.expected ?? expectationOf(driver.isolation, driver.flavour))
    return differences.length === 0
      ? found('posture', 'a sandbox was examined from inside: every wall is as meant')
      : refusal(`a wall is not as meant: ${differences.join('; ')}`, 'report this; until it is mended, no program runs this way')
  } catch (error) {
    return refusal(
      `no sandbox could be opened and examined: ${causeOf(error)}`,
      'see the other findings; in a container, allow user namespaces and mounts',
    )
  } finally {
    await sandbox?.destroy()
  }
}

async function openOne(driver: SandboxDriver, { roots, warmth = 'exec' }: Examination): Promise<Sandbox> {
  let reason: unknown = new Error('there is no filesystem to open it with')
  for (const root of roots) {
    try {
      return await driver.open({ root, warmth })
    } catch (error) {
      reason = error
    }
  }
  throw reason
}

/** Uses up the sandbox. Rejects when nothing sensible can be read. */
export async function readPosture(sandbox: Sandbox, { limits, warmth = 'exec' }: Examination): Promise<PostureFacts> {
  let text = ''
  const read = Promise.withResolvers<void>()
  const running = sandbox.start(
    {
      argv: warmth === 'python' ? ['look.py'] : ['python3', '-I', '-S', '-B', 'look.py'],
      environment: {},
      files: [{ path: 'look.py', content: script }],
      limits,
    },
    (stream, bytes) => {
      text += text.length > MOST_BYTES ? '' : Buffer.from(bytes).toString('utf8')
      if (stream === 'stderr' || text.includes('\n')) read.resolve()
    },
  )
  const ended = running.ended.then((end) => {
    read.resolve()
    return end
  })
  await read.promise
  const inside = attempt(() => InsideFacts.parse(JSON.parse(text)))
  const kernelUser = inside === null ? 'unseen' : whoIs(inside)
  running.endInput()
  const end = await ended
  if (inside === null) throw new Error(`${end.reason} ${end.fault ?? ''} ${text.slice(0, 500)}`.trim())
  const { pid: _, namespaces, ...rest } = inside
  return { ...rest, namespaces: ownOrShared(namespaces), kernelUser }
}

/** Namespaces by whether the server is in the same; what stands for a process's future children is left out. */
function ownOrShared(inside: InsideFacts['namespaces']): Record<string, string> | null {
  if (inside === null) return null
  const kinds = Object.entries(inside).filter(([kind]) => !kind.endsWith('_for_children'))
  const outside = (kind: string) => attempt(() => readlinkSync(`/proc/self/ns/${kind}`))
  return Object.fromEntries(kinds.map(([kind, id]) => [kind, id === null ? 'unknown' : id === outside(kind) ? 'shared' : 'own']))
}

/** Whose rights the kernel gives the program and all with it in its process namespace, as the host sees it. */
function whoIs({ pid, namespaces }: InsideFacts): string {
  const own = namespaces?.pid ?? null
  if (own === null) return 'unseen'
  const namespaceOf = (of: number | string) => attempt(() => readlinkSync(`/proc/${of}/ns/pid`))
  const all = own === namespaceOf('self') ? [pid] : numbersIn('/proc').filter((each) => namespaceOf(each) === own)
  const ids = all.flatMap((each) => {
    const line = attempt(() => /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${each}/status`, 'latin1'))?.[1])
    return line?.split(/\s+/).map(Number) ?? []
  })
  if (ids.length === 0) return 'unseen'
  if (ids.includes(0)) return 'root'
  return ids.includes(process.getuid?.() ?? 0) ? 'the server’s' : 'its own'
}

const numbersIn = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

const refusal = (detail: string, remedy: string): Finding => missing('posture', detail, remedy)
