import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from './processes.ts'

/**
 * What takes long to make is made in a folder `unfinished-<pid>-…` and renamed when it is whole, so that a kill at any
 * moment leaves either all of it or none. What dead processes left behind is removed here.
 */
export async function unfinishedFolder(parent: string): Promise<string> {
  for (const name of await readdir(parent)) {
    const pid = /^unfinished-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, name), { recursive: true, force: true })
  }
  return await mkdtemp(join(parent, `unfinished-${process.pid}-`))
}
