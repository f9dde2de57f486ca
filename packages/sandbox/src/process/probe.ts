/** What the process driver needs of this machine, and what it does not give, by name: each gap is a finding that is not ok. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { conclude, found, missing } from '../driver/findings.ts'
import type { Finding, Probe } from '../sandbox.ts'
import { insideFolder } from './worker.ts'

/** What programs get from every other driver and not from this one. The contract names the same when a test is not for it. */
export const gaps = {
  walls: 'programs see this machine’s files and processes, and reach its network: only the rights of their user hold them back',
  'fresh interpreter': 'interpreters are used again: a program finds, and can change, what the one before left in them',
  'limits of the whole':
    'CPU time and memory are counted for one process of a program, twenty times a second; processes for all programs together',
  disk: 'a program may fill the disk: only the size of a single file is limited',
  terminal: 'there are no terminals',
  'own place': '/project and /tmp are other folders here, and what a program leaves outside of them stays',
  'sure end': 'what leaves the program’s process group lives on, and a Python or Node program may report its end itself',
} as const

const cure = 'choose container or stronger (ATELIER_ISOLATION)'

export async function probeProcess(options: { readonly user: number | null; readonly nodeBinary: string }): Promise<Probe> {
  const needs = await Promise.all([
    answers('python', 'python3', ['-c', `open(${JSON.stringify(`${insideFolder}/worker.py`)})`], options.user),
    answers('node', options.nodeBinary, ['--version'], options.user),
  ])
  const shortfalls = Object.entries(gaps).map(([name, detail]) => missing(name, detail, cure))
  const who = options.user === null ? 'the user of this server' : `user ${options.user}, who owns nothing`
  const summary = `no isolation: reused interpreters with ulimits, as ${who}; only for people whom you trust with this machine`
  return conclude([...needs, ...shortfalls], summary, Object.keys(gaps))
}

async function answers(name: string, file: string, args: readonly string[], user: number | null): Promise<Finding> {
  try {
    await promisify(execFile)(file, args, {
      ...{ env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, cwd: '/', timeout: 10_000 },
      ...(user === null ? {} : { uid: user, gid: user }),
    })
    return found(name, `the programs’ user can run ${name}`)
  } catch {
    const remedy = 'install python3, and let other users pass into the project’s folder (chmod o+x on the folders above it)'
    return missing(name, `the programs’ user cannot run ${file} or read this project’s files`, remedy)
  }
}
