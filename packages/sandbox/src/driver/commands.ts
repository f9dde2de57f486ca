/** Programs of this system: where they and whatever they start look for others, and which there are. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const commandPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Its path, or null. A name with a slash is a path already. */
export function findCommand(name: string): string | null {
  const candidates = name.includes('/') ? [name] : commandPath.split(':').map((folder) => join(folder, name))
  return candidates.find(isProgram) ?? null
}

/** The first line of what it says of itself. Rejects when it does not start. */
export async function versionOf(program: string): Promise<string> {
  const options = { env: { PATH: commandPath }, timeout: 10_000 }
  const { stdout, stderr } = await promisify(execFile)(program, ['--version'], options)
  return (stdout || stderr).trim().split('\n')[0] ?? ''
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
