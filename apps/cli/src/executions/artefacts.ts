/** `--artefacts FOLDER`: files that the program made are written below that folder; those of the same names are replaced. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ExecutionResult } from '@atelier/protocol/executions'
import { checkPath } from '@atelier/protocol/files'
import { Failure } from '../failure.ts'
import type { Server } from '../server/server.ts'
import { type Surroundings, say } from '../surroundings.ts'

export async function saveArtefacts(
  server: Server,
  surroundings: Surroundings,
  { executionId, folder, made }: { executionId: string; folder: string; made: ExecutionResult['artefacts'] },
): Promise<void> {
  const target = resolve(surroundings.folder, folder)
  for (const { path } of made?.files ?? []) {
    // The program chose the name: it must not lead anywhere else.
    const file = join(target, checkPath(path))
    const address = `/api/v1/executions/${executionId}/artefacts/${path.split('/').map(encodeURIComponent).join('/')}`
    const content = new Uint8Array(await (await server.send(address)).arrayBuffer())
    try {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
    } catch (cause) {
      throw new Failure(`"${path}" could not be written to ${target}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      })
    }
  }
  const count = made?.files.length ?? 0
  if (count > 0) say(surroundings, `${count} ${count === 1 ? 'file' : 'files'} in ${target}`)
  if (made?.areAll !== true)
    say(surroundings, 'the program left more than the server keeps, or was ended before it could be looked at.')
}
