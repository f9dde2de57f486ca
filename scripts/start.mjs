/** `npm start`: sets up whatever is missing, then is the server. Arguments go to the server: npm start -- --help */
import { bootstrap, command } from './bootstrap.mjs'
import { defaultDataFolder } from './setup/data-folder.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'
import { withDataFrom, withFlagsTakenByNpm } from './setup/start-arguments.mjs'

/** Node lets what is young grow to 128 MB before it looks through it, and keeps that. A server that others share a machine with does not. */
const memory = ['--max-semi-space-size=16']

await command(async () => {
  const standing = process.env.INIT_CWD ?? process.cwd()
  const args = withDataFrom(withFlagsTakenByNpm(process.argv.slice(2), process.env), standing)
  const wantsHelp = args.includes('--help') || args.includes('-h')
  const node = await bootstrap(wantsHelp ? {} : { page: true, system: 'start' })
  const env = { ...process.env, ATELIER_DATA: process.env.ATELIER_DATA || defaultDataFolder(process.getuid?.() === 0) }
  await handOver(node, [...memory, inProject('apps/server/src/main.ts'), ...args], { cwd: projectFolder, env })
})
