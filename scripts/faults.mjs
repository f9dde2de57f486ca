/** `npm run faults -- documents|saves [--cycles N]`: breaks a running server on purpose and looks whether anything is lost. See apps/lab/src/faults.ts. */
import { bootstrap, command } from './bootstrap.mjs'
import { bringFaketime } from './setup/faketime.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'

await command(async () => {
  const node = await bootstrap({ system: 'start' })
  const faketime = await bringFaketime()
  await handOver(node, [inProject('apps/lab/src/faults.ts'), ...process.argv.slice(2)], {
    cwd: projectFolder,
    env: { ...process.env, ...(faketime === undefined ? {} : { ATELIER_FAKETIME: faketime }) },
  })
})
