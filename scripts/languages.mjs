/** `npm run languages -- check lua ruby`: runs the programs of languages in a toolchain image with them; `all` for every one. */
import { bootstrap, command } from './bootstrap.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'
import { SetupError } from './setup/steps.mjs'

await command(async () => {
  const [verb, ...names] = process.argv.slice(2)
  if (verb !== 'check' || names.length === 0)
    throw new SetupError('Which languages?', { next: 'npm run languages -- check NAME… (or: check all)' })
  const node = await bootstrap({ system: 'start', systemRequired: true })
  await handOver(node, [inProject('scripts/check-languages.ts'), ...names], { cwd: projectFolder })
})
