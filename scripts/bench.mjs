/** `npm run bench`: lists the benchmarks; `npm run bench -- saves` runs one. They live in apps/lab/src/bench. */
import { readdirSync, readFileSync } from 'node:fs'
import { bootstrap, command } from './bootstrap.mjs'
import { handOver } from './setup/hand-over.mjs'
import { bringPgbench } from './setup/pgbench.mjs'
import { inProject, projectFolder } from './setup/places.mjs'
import { SetupError } from './setup/steps.mjs'

const folder = inProject('apps/lab/src/bench')

await command(async () => {
  const [name, ...args] = process.argv.slice(2)
  const names = benchmarks()
  if (name === undefined) return list(names)
  if (!names.includes(name))
    throw new SetupError(`There is no benchmark "${name}".`, { next: `choose one of: ${names.join(', ')}` })
  const node = await bootstrap({ page: true, system: 'bench' })
  const env = { ...process.env, ...(name === 'saves' ? { ATELIER_PGBENCH: await bringPgbench() } : {}) }
  await handOver(node, [`${folder}/${name}.ts`, ...args], { cwd: projectFolder, env })
})

function benchmarks() {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && /^[a-z-]+\.ts$/.test(entry.name))
  return files.map((entry) => entry.name.slice(0, -'.ts'.length)).sort()
}

/** @param {string[]} names */
function list(names) {
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) {
    const comment = /\/\*\*?\s*\**\s*(.+?)\s*(?:\*\/|\n)|\/\/\s*(.+)/.exec(readFileSync(`${folder}/${name}.ts`, 'utf8'))
    process.stdout.write(`  npm run bench -- ${name.padEnd(width)}   ${comment?.[1] ?? comment?.[2] ?? ''}\n`)
  }
}
