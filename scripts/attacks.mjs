/**
 * `npm run attacks -- --driver container [--only PATTERN] [--fast] [--image FOLDER]`: the attack corpus against one driver.
 *
 * The process driver isolates nothing, so its attacks run where they can reach nothing: in namespaces of their own, with a
 * network that is only `lo`, as a user who owns nothing, on a file system that is read-only but for memory.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { bootstrap, command } from './bootstrap.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'

const rootNamespaces = ['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts']

await command(async () => {
  const args = process.argv.slice(2)
  const node = await bootstrap({ system: args.includes('microvm') ? 'sandboxTests' : 'start', systemRequired: true })
  const attack = [inProject('apps/lab/src/attacks.ts'), ...args]
  const env = { ...process.env }
  if (!isProcessDriver(args)) return await handOver(node, attack, { cwd: projectFolder, env })
  // As root, so that the programs, which are somebody else then, cannot end the runner beside them.
  const namespaces = process.geteuid?.() === 0 ? [...rootNamespaces, '--cap-add', 'ALL'] : ['--unshare-all']
  const alone = [
    ...[...namespaces, '--die-with-parent', '--new-session', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/var/tmp', '--tmpfs', '/run', '--tmpfs', '/dev/shm', '--chdir', projectFolder],
    ...['--setenv', 'ATELIER_ATTACKS_ALONE', '1', '--', node, ...attack],
  ]
  const leave = enterGroup()
  await handOver('bwrap', alone, { cwd: projectFolder, env })
  await leave()
})

/** Without isolation nothing bounds what all programs take together: a control group around the whole run does, where there is one. */
function enterGroup() {
  const root = '/sys/fs/cgroup/memory'
  const group = `${root}/atelier-attacks-${process.pid}`
  try {
    mkdirSync(group)
    writeFileSync(`${group}/memory.limit_in_bytes`, String(3 * 1024 ** 3))
    writeFileSync(`${group}/tasks`, String(process.pid))
  } catch {
    process.stdout.write('no control group of memory for the whole run: look after this machine meanwhile\n')
  }
  return async () => {
    try {
      writeFileSync(`${root}/tasks`, String(process.pid))
    } catch {
      return // There is none.
    }
    for (let tries = 0; existsSync(group) && tries < 50; tries += 1) {
      try {
        rmdirSync(group)
      } catch {
        await wait(100) // Something of it still ends.
      }
    }
  }
}

/** @param {readonly string[]} args */
function isProcessDriver(args) {
  return args.includes('--driver=process') || args[args.indexOf('--driver') + 1] === 'process'
}
