/**
 * Saving a file. A file that exists is saved the fast way: together with all other saves that arrive meanwhile, in one
 * statement and one commit. What that did not save (new files, old versions, full projects …) goes the careful way, a project at a time.
 * Either way the answer comes after the commit.
 */
import { Batcher, BatcherFull } from '@atelier/base/batcher'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { FileEntry } from '@atelier/protocol/files'
import { isDatabaseAway } from '@atelier/storage/db/away'
import type { Database } from '@atelier/storage/db/database'
import { Histogram } from 'prom-client'
import { registry } from '../observe/metrics.ts'
import { type Placed, placeFiles, type Save } from './place-file.ts'
import { saveInDoubt, tooManySaves } from './refusals.ts'
import { type RowSave, type RowSaved, updateFiles } from './save-rows.ts'

const batchRows = new Histogram({
  name: 'atelier_save_batch_files',
  help: 'Files that were saved by one statement',
  buckets: [1, 2, 4, 8, 16, 32, 64],
  registers: [registry],
})

const filesPerBatch = 64
/**
 * Every batch costs the database a commit, so one large batch after the other is fastest. The second lane is for when that one
 * is full, or held up: by a project that somebody else is changing, or by a slow disk.
 */
const batchesAtOnce = 2
const patienceMs = 10
const carefulSavesAtOnce = 4
/** Saves that wait for each of the two ways; each holds at most a row's content, 32 KB. */
const savesWaiting = 1024

export type FileSaver = {
  /** Resolves when the file is committed. @throws Refusal */
  save(save: Save): Promise<Placed>
  /** Resolves when all that was taken is committed or refused. */
  close(): Promise<void>
}

export function createFileSaver(db: Database, log: Log): FileSaver {
  const fast = new Batcher<Save, RowSaved | null>({
    run: (saves) => saveTogether(db, log, saves),
    keyOf: (save) => `${save.projectId}/${save.path}`,
    groupOf: (save) => save.projectId,
    lanes: batchesAtOnce,
    patienceMs,
    maxItems: filesPerBatch,
    maxWaiting: savesWaiting,
  })
  // Saves of one project would only wait for each other inside the database, with a connection each.
  const careful = new Batcher<Save, Placed | Error>({
    run: (saves) => placeTogether(db, log, saves),
    keyOf: (save) => `${save.projectId}/${save.path}`,
    groupOf: (save) => save.projectId,
    lanes: carefulSavesAtOnce,
    patienceMs: 0,
    maxItems: filesPerBatch,
    maxWaiting: savesWaiting,
  })
  return {
    async save(save) {
      try {
        const row = save.precondition === 'absent' ? null : await fast.add(save)
        if (row !== null) return { entry: entryAfter(save, row), isNew: false, made: [] }
        const placed = await careful.add(save)
        if (placed instanceof Error) throw placed
        return placed
      } catch (error) {
        if (error instanceof BatcherFull) throw tooManySaves()
        throw isDatabaseAway(error) ? saveInDoubt(error) : error
      }
    },
    async close() {
      await fast.close()
      await careful.close()
    },
  }
}

async function saveTogether(db: Database, log: Log, saves: readonly Save[]): Promise<readonly (RowSaved | null)[]> {
  batchRows.observe(saves.length)
  try {
    return await updateFiles(db, saves.map(rowSaveOf))
  } catch (error) {
    if (isDatabaseAway(error)) throw error
    // The statement was undone as a whole. One row may be the reason: let each be tried alone, so that it fails alone.
    log.warn('batch of saves refused by the database', { files: saves.length, error })
    return saves.map(() => null)
  }
}

/** One commit per project and person, one after the other. What fails for one of them is no failure of the others. */
async function placeTogether(db: Database, log: Log, saves: readonly Save[]): Promise<readonly (Placed | Error)[]> {
  const groups = Map.groupBy(saves, ({ projectId, userId }) => `${projectId}/${userId}`)
  const placed = new Map<Save, Placed | Error>()
  for (const group of groups.values()) {
    const results = await placeGroup(db, log, group)
    for (const [index, save] of group.entries()) placed.set(save, results[index] ?? new Error('a file was not placed'))
  }
  return saves.map((save) => placed.get(save) ?? new Error('a file was not placed'))
}

async function placeGroup(db: Database, log: Log, saves: readonly Save[]): Promise<readonly (Placed | Error)[]> {
  try {
    return await placeFiles(db, saves)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error instanceof Refusal || isDatabaseAway(error) || saves.length === 1) return saves.map(() => error)
    log.warn('batch of new files refused by the database', { files: saves.length, error })
    const alone: (Placed | Error)[] = []
    for (const save of saves) alone.push(...(await placeGroup(db, log, [save])))
    return alone
  }
}

const rowSaveOf = ({ projectId, userId, path, precondition, content }: Save): RowSave => ({
  ...{ projectId, userId, path, content },
  version: typeof precondition === 'number' ? precondition : null,
})

const entryAfter = ({ path, content }: Save, row: RowSaved): FileEntry => ({
  path,
  kind: 'file',
  sizeBytes: content.sizeBytes,
  version: row.version,
  sha256: content.sha.toString('hex'),
  updatedAt: row.updatedAt.toISOString(),
})
