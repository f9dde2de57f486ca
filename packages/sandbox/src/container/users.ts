/**
 * Which kernel users boxes have. Never 0: a process with kernel uid 0, in whatever namespace, owns files like
 * /proc/sys/kernel/core_pattern. When we are root, every slot has a user of its own; otherwise all have ours.
 */
import { writeFileSync } from 'node:fs'

/** `first` is the zygote's own user ("root" of its namespace), the slots' users follow. */
export type UserRange = { readonly first: number; readonly count: number }

/**
 * Below 2^31 and above everything that distributions, container engines and directories hand out.
 * Source: https://systemd.io/UIDS-GIDS/ ("1879048192…2147352575: unused").
 */
export const defaultFirstUser = 1_900_000_000

/** Maps the range into the waiting zygote's user namespace, from outside, as only root may. */
export function writeUserMap(pid: number, users: UserRange): void {
  for (const file of ['uid_map', 'gid_map']) writeFileSync(`/proc/${pid}/${file}`, `0 ${users.first} ${users.count}\n`)
}

/** Throws unless the map (the text of /proc/<pid>/uid_map as the host reads it) is what was meant and free of uid 0. */
export function assertNoHostRoot(map: string, users: UserRange | null): void {
  const lines = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const hasRoot = lines.length === 0 || lines.some(([, outside = 0]) => outside === 0)
  const expected = users === null || (lines.length === 1 && lines[0]?.[1] === users.first && lines[0]?.[2] === users.count)
  if (hasRoot || !expected) throw new Error(`a box would run as the machine's root: ${JSON.stringify(map)}`)
}
