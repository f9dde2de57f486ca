/** `npm run check`: types in three worlds, import rules, lint and format, unit tests. Seconds; run it before each commit. */
import { bootstrap, command } from './bootstrap.mjs'
import { inProject, projectFolder } from './setup/places.mjs'
import { run } from './setup/programs.mjs'
import { step } from './setup/steps.mjs'

await command(async () => {
  const node = await bootstrap({})
  const script = (/** @type {string} */ path, /** @type {string[]} */ ...args) => [inProject(path), ...args]
  const types = (/** @type {string} */ world) =>
    script('node_modules/typescript/bin/tsc', '-p', `tsconfig.${world}.json`, '--noEmit')
  /** @type {[string, string[]][]} */
  const checks = [
    ['types: pure', types('pure')],
    ['types: node', types('node')],
    ['types: browser', types('browser')],
    ['types: web tests', types('web-tests')],
    ['types: scripts', types('scripts')],
    ['boundaries', script('scripts/check-boundaries.ts')],
    [
      'lint and format',
      script(
        'node_modules/@biomejs/biome/bin/biome',
        'check',
        '--colors=off',
        '--diagnostic-level=error',
        '--max-diagnostics=30',
      ),
    ],
    ['unit tests', script('scripts/testing/run-tests.ts', '--only', 'unit')],
  ]
  const results = await Promise.allSettled(checks.map(([name, args]) => check(name, node, args)))
  const complaints = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.message] : []))
  process.stdout.write(complaints.map((text) => `\n${text.trimEnd()}\n`).join(''))
  if (complaints.length > 0) process.exitCode = 1
})

/** @param {string} name @param {string} node @param {string[]} args */
async function check(name, node, args) {
  await step(name, async () => {
    const result = await run(node, args, { cwd: projectFolder, timeoutMs: 300_000, keptLines: 300 })
    if (!result.ok) throw new Error(`── ${name} ──\n${result.lastWords}`)
  })
}
