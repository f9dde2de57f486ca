/** `npm run bench`: lists the benchmarks; `npm run bench -- saves` runs one. They live in apps/lab/src/bench. */
import { readdirSync, readFileSync } from 'node:fs'
import { bootstrap, command } from './bootstrap.mjs'
import { bringCodeServer } from './setup/code-server.mjs'
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
  const env = { ...process.env, ...(await referenceOf(name, node)) }
  await handOver(node, [`${folder}/${name}.ts`, ...args], { cwd: projectFolder, env })
})

/** Where what it is measured against lies. @param {string} name @param {string} node @returns {Promise<Record<string, string>>} */
async function referenceOf(name, node) {
  if (name === 'saves') return { ATELIER_PGBENCH: await bringPgbench() }
  if (name !== 'tree' && name !== 'keystroke') return {}
  const codeServer = process.env.ATELIER_CODE_SERVER ?? (await bringCodeServer(node))
  return codeServer === undefined ? {} : { ATELIER_CODE_SERVER: codeServer }
}

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
