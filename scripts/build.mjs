/** `npm run build`: builds the page, whether or not its sources have changed. `npm start` does it by itself when they have. */
import { bootstrap, command } from './bootstrap.mjs'
import { buildPage } from './setup/page.mjs'

await command(async () => {
  await buildPage(await bootstrap({}))
})
