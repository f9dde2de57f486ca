/** The usual demand of each isolation's kinds, kept between starts. To lose it costs some warm sandboxes, so nothing here fails. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Log } from '@atelier/base/log'
import type { DayProfile } from './demand.ts'

type Profiles = Readonly<Record<string, DayProfile>>

const largestBytes = 1024 * 1024

/** By isolation, then by kind. */
export async function readDemand(file: string): Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>> {
  try {
    const bytes = await readFile(file)
    const known: unknown = bytes.length > largestBytes ? null : JSON.parse(bytes.toString())
    if (typeof known !== 'object' || known === null) return {}
    return Object.fromEntries(Object.entries(known).map(([isolation, profiles]) => [isolation, Object(profiles)]))
  } catch {
    return {}
  }
}

export async function writeDemand(file: string, demand: Readonly<Record<string, Profiles>>, log: Log): Promise<void> {
  try {
    await writeFile(`${file}.new`, JSON.stringify(demand), { mode: 0o600 })
    await rename(`${file}.new`, file)
  } catch (error) {
    log.warn('the usual demand was not kept', { error })
  }
}
