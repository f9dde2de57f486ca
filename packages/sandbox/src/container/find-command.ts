/** Finds a program of the system where processes we start look for theirs. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { commandPath } from '../oci/stage.ts'

/** Its path, or null. A name with a slash is a path already. */
export function findCommand(name: string): string | null {
  const candidates = name.includes('/') ? [name] : commandPath.split(':').map((folder) => join(folder, name))
  return candidates.find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
