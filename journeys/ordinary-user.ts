/**
 * Programs of the project as an ordinary user: under root they are started as `nobody`, who sees the project through a private mount
 * namespace (its folder may be closed to others) and a disk of 200 kB at `/mnt/full`; without root, as whoever we are.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from './server-under-test.ts'

export const isRoot = process.geteuid?.() === 0
export const ordinaryUid = isRoot ? 65_534 : (process.geteuid?.() ?? 0)
export const fullDisk = '/mnt/full'

const script = `
mount -t tmpfs -o mode=755 stage /mnt
mkdir /mnt/project ${fullDisk}; : > /mnt/node
mount -t tmpfs -o size=200k,mode=1777 full ${fullDisk}
mount --bind "$1" /mnt/project
mount --bind "$2" /mnt/node
program=/mnt/project/$3
shift 3
cd /mnt/project
export PATH="/mnt:$PATH"
case $program in *.ts) set -- /mnt/node "$program" "$@" ;; *) set -- "$program" "$@" ;; esac
exec setpriv --reuid ${ordinaryUid} --regid ${ordinaryUid} --clear-groups -- "$@"`

/** `program`: within the project. What to spawn; it stays one process, so that signals arrive. */
export function byOrdinaryUser(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  const path = join(projectFolder, program)
  if (!isRoot) return program.endsWith('.ts') ? [process.execPath, [path, ...args]] : [path, args]
  const stage = ['--mount', '--propagation', 'private', '--', '/bin/sh', '-euc', script, 'sh']
  return ['unshare', [...stage, projectFolder, process.execPath, program, ...args]]
}

/** That only they may write to. */
export async function ordinaryFolder(): Promise<{ readonly path: string; remove(): void }> {
  const path = mkdtempSync(join(tmpdir(), 'atelier-ordinary-'))
  await chown(path, ordinaryUid, ordinaryUid)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
