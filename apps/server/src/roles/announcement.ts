/** Tells other programs of this machine (the CLI) where the server of a data folder listens: `DATA/server.json`. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

type Announcement = { readonly pid: number; readonly startedTicks: string; readonly url: string }

/** Returns the function that takes it back. */
export async function announce(dataFolder: string, url: string): Promise<() => Promise<void>> {
  const file = join(dataFolder, 'server.json')
  const own: Announcement = { pid: process.pid, startedTicks: (await startedTicks(process.pid)) ?? '', url }
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, JSON.stringify(own), { mode: 0o644 })
  await rename(temporary, file)
  return () => rm(file, { force: true })
}

/** When the process started, in clock ticks since boot: with the pid, it names one process for ever. */
async function startedTicks(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
