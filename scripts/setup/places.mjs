/** Where things are. `.atelier` holds what belongs to this copy of the project and not to git: Node, stamps, and by default the data. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const stateFolder = join(projectFolder, '.atelier')

/** @param {...string} parts */
export const inProject = (...parts) => join(projectFolder, ...parts)
/** @param {...string} parts */
export const inState = (...parts) => join(stateFolder, ...parts)

export function makeStateFolder() {
  mkdirSync(stateFolder, { recursive: true, mode: 0o755 })
}
