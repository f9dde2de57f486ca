/** PostgreSQL's own load generator, on the embedded PostgreSQL of a server that we started. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RoundResult } from './saving-clients.ts'

const program = process.env.ATELIER_PGBENCH ?? 'pgbench'

export type PgbenchRun = {
  readonly script: string
  readonly seconds: number
  readonly clients: number
  /** pgbench variables: `:name` in the script. */
  readonly variables: Readonly<Record<string, string>>
}

export type Pgbench = {
  run(run: PgbenchRun): Promise<RoundResult>
  /** Writes what PostgreSQL still has to write, so that nobody pays for what came before. */
  checkpoint(): Promise<void>
}

/** `dataFolder`: of the server. */
export async function openPgbench(dataFolder: string): Promise<Pgbench> {
  const folder = join(dataFolder, 'postgres')
  const passwords = JSON.parse(await readFile(join(folder, 'cluster', 'passwords.json'), 'utf8')) as Record<string, string>

  async function start(
    role: string,
    args: readonly string[],
    script: string,
  ): Promise<{ stdout: string; latenciesMs: number[] }> {
    const work = await mkdtemp(join(tmpdir(), 'atelier-pgbench-'))
    try {
      await writeFile(join(work, 'script.sql'), script)
      const socket = ['-h', join(folder, 'socket'), '-U', role]
      const { stdout } = await promisify(execFile)(program, [...socket, '-n', '-f', 'script.sql', ...args, role], {
        cwd: work,
        env: { PATH: '/usr/bin:/bin', PGPASSWORD: passwords[role] ?? '' },
      }).catch((error: { stderr?: string }) => {
        throw new Error(`pgbench failed: ${String(error.stderr ?? error).slice(0, 1000)}`)
      })
      return { stdout, latenciesMs: await readLatencies(work) }
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  return {
    async run({ script, seconds, clients, variables }) {
      const named = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
      const { stdout, latenciesMs } = await start(
        'atelier',
        ['-M', 'prepared', '-c', String(clients), '-j', '1', '-T', String(seconds), '-l', ...named],
        script,
      )
      const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
      const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1] ?? '0'
      if (!(perSecond > 0) || failed !== '0') throw new Error(`pgbench did not do its work:\n${stdout}`)
      return { perSecond, latenciesMs }
    },
    async checkpoint() {
      await start('postgres', ['-t', '1'], 'CHECKPOINT;\n')
    },
  }
}

/** Lines of `client transaction microseconds …`. */
async function readLatencies(folder: string): Promise<number[]> {
  const latenciesMs: number[] = []
  for (const name of (await readdir(folder)).filter((each) => each.startsWith('pgbench_log'))) {
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const microseconds = line.split(' ')[2]
      if (microseconds !== undefined) latenciesMs.push(Number(microseconds) / 1000)
    }
  }
  return latenciesMs
}
