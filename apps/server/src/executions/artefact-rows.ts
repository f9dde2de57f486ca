/** The files that programs left behind, kept beside their executions. */
import type { SandboxFile } from '@atelier/sandbox/sandbox'
import type { Queries } from '@atelier/storage/db/database'

/** Doing it again changes nothing. */
export async function keepArtefacts(db: Queries, executionId: string, artefacts: readonly SandboxFile[]): Promise<void> {
  for (const { path, executable = false, content } of artefacts)
    await db.query({
      name: 'keep-artefact',
      text: `INSERT INTO execution_artefacts (execution_id, path, executable, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      values: [executionId, path, executable, content],
    })
}

/** The caller has checked whose execution it is. */
export async function findArtefact(db: Queries, executionId: string, path: string): Promise<Buffer | null> {
  const { rows } = await db.query<{ content: Buffer }>({
    name: 'find-artefact',
    text: 'SELECT content FROM execution_artefacts WHERE execution_id = $1 AND path = $2',
    values: [executionId, path],
  })
  return rows[0]?.content ?? null
}
