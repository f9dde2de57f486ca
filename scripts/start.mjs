/** `npm start`: sets up whatever is missing, then is the server. Arguments go to the server: npm start -- --help */
import { bootstrap, command } from './bootstrap.mjs'
import { defaultDataFolder } from './setup/data-folder.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'
import { withDataFrom, withFlagsTakenByNpm } from './setup/start-arguments.mjs'

await command(async () => {
  const standing = process.env.INIT_CWD ?? process.cwd()
  const args = withDataFrom(withFlagsTakenByNpm(process.argv.slice(2), process.env), standing)
  const wantsHelp = args.includes('--help') || args.includes('-h')
  const node = await bootstrap(wantsHelp ? {} : { page: true, system: 'start' })
  const env = { ...process.env, ATELIER_DATA: process.env.ATELIER_DATA || defaultDataFolder(process.getuid?.() === 0) }
  await handOver(node, [inProject('apps/server/src/main.ts'), ...args], { cwd: projectFolder, env })
})
