/** The page: built by Vite into apps/web/dist, again whenever something it is made of has changed. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inProject, inState, projectFolder } from './places.mjs'
import { run } from './programs.mjs'
import { SetupError, step } from './steps.mjs'

const stampFile = inState('page.json')
const sources = ['apps/web', 'packages/base', 'packages/protocol', 'packages/text', 'package-lock.json']
const isNoSource = (/** @type {string} */ name) => name === 'node_modules' || name === 'dist' || name.includes('.test.')

/** One look at names, sizes and times; the contents only when those differ. */
export function isPageBuilt() {
  if (!existsSync(inProject('apps/web/dist'))) return false
  const files = sourceFiles()
  const stamp = readStamp()
  if (stamp === undefined) return false
  if (stamp.looks === looksOf(files)) return true
  if (stamp.contents !== contentsOf(files)) return false
  writeStamp(files)
  return true
}

/** @param {string} node */
export async function buildPage(node) {
  await step('page', async () => {
    const files = sourceFiles()
    const before = { looks: looksOf(files), contents: contentsOf(files) }
    const vite = inProject('node_modules/vite/bin/vite.js')
    const result = await run(node, [vite, 'build', 'apps/web'], {
      cwd: projectFolder,
      env: { ...process.env, NODE_ENV: 'production' },
    })
    if (!result.ok) {
      throw new SetupError('The page could not be built.', {
        detail: result.lastWords
          .split('\n')
          .filter((line) => !/^\s+at /.test(line))
          .slice(0, 25)
          .join('\n'),
        next: 'if you changed apps/web, mend what the message names; otherwise please report it.',
      })
    }
    writeFileSync(stampFile, JSON.stringify(before))
  })
}

/** @returns {string[]} relative to the project */
function sourceFiles() {
  /** @type {string[]} */
  const found = []
  /** @param {string} path */
  const visit = (path) => {
    if (!existsSync(inProject(path))) return
    if (statSync(inProject(path)).isFile()) return void found.push(path)
    for (const entry of readdirSync(inProject(path), { withFileTypes: true })) {
      if (isNoSource(entry.name)) continue
      if (entry.isDirectory()) visit(join(path, entry.name))
      else found.push(join(path, entry.name))
    }
  }
  for (const source of sources) visit(source)
  return found.sort()
}

/** @param {string[]} files */
function looksOf(files) {
  const sum = createHash('sha256')
  for (const file of files) {
    const { size, mtimeMs } = statSync(inProject(file))
    sum.update(`${file}\0${size}\0${mtimeMs}\n`)
  }
  return sum.digest('hex')
}

/** @param {string[]} files */
function contentsOf(files) {
  const sum = createHash('sha256')
  for (const file of files)
    sum
      .update(`${file}\0`)
      .update(readFileSync(inProject(file)))
      .update('\0')
  return sum.digest('hex')
}

/** @returns {{ looks: string, contents: string } | undefined} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {string[]} files */
function writeStamp(files) {
  writeFileSync(stampFile, JSON.stringify({ looks: looksOf(files), contents: contentsOf(files) }))
}
