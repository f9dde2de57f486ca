/** `npm run doctor`: says what this machine can and cannot do, and how to change that. Installs nothing on the machine. */
import { bootstrap, command } from './bootstrap.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'

await command(async () => {
  const node = await bootstrap({})
  await handOver(node, [inProject('apps/server/src/doctor.ts'), ...process.argv.slice(2)], { cwd: projectFolder })
})
