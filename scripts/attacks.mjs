/**
 * `npm run attacks -- --driver container [--only PATTERN] [--fast] [--image FOLDER]`: the attack corpus against one driver.
 *
 * The process driver isolates nothing, so its attacks run where they can reach nothing: in namespaces of their own, with a
 * network that is only `lo`, as an ordinary user of the host, on a file system that is read-only but for memory.
 */
import { bootstrap, command } from './bootstrap.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'

await command(async () => {
  const args = process.argv.slice(2)
  const node = await bootstrap({ system: 'start', systemRequired: true })
  const attack = [inProject('apps/lab/src/attacks.ts'), ...args]
  const env = { ...process.env }
  if (!isProcessDriver(args)) return await handOver(node, attack, { cwd: projectFolder, env })
  const asNobody = process.geteuid?.() === 0 ? ['--reuid', '1899999999', '--regid', '1899999999', '--clear-groups'] : []
  const alone = [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/run', '--tmpfs', '/dev/shm', '--setenv', 'ATELIER_ATTACKS_ALONE', '1'],
    ...['--chdir', projectFolder, '--', node, ...attack],
  ]
  const [program = 'bwrap', ...rest] =
    asNobody.length > 0 ? ['setpriv', ...asNobody, '--', 'bwrap', ...alone] : ['bwrap', ...alone]
  await handOver(program, rest, { cwd: projectFolder, env })
})

/** @param {readonly string[]} args */
function isProcessDriver(args) {
  return args.includes('--driver=process') || args[args.indexOf('--driver') + 1] === 'process'
}
