/**
 * The Node that everything runs on: the host's when it is new enough, else one of our own in .atelier/node, from npm
 * and verified against the lock file in scripts/setup/node.
 *
 * It must be there before the project's packages: npm silently leaves out optional packages whose `engines` do not fit.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inProject, inState } from './places.mjs'
import { findProgram, run } from './programs.mjs'
import { SetupError, step } from './steps.mjs'

const neededMajor = 24
const packageName = `node-${process.platform}-${process.arch}`
const recipe = inProject('scripts', 'setup', 'node')

/** The path of a good enough Node, or undefined when `bringNode` has to be called. */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= neededMajor) return process.execPath
  const folder = inState('node', 'node_modules', packageName)
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const node = join(folder, 'bin', 'node')
    return version === wantedVersion() && existsSync(node) ? node : undefined
  } catch {
    return undefined
  }
}

/** @returns {Promise<string>} its path */
export async function bringNode() {
  const version = wantedVersion()
  if (version === undefined) {
    throw new SetupError(
      `Atelier needs Node ${neededMajor}; this is Node ${process.version} on ${process.platform} ${process.arch}.`,
      {
        next: `install Node ${neededMajor} or newer and run the command again (by itself it can do so only on Linux, x64 or arm64).`,
      },
    )
  }
  await step(`Node ${version}`, async () => {
    mkdirSync(inState('node'), { recursive: true })
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(recipe, name), inState('node', name))
    await runNpm(process.execPath, ['ci', '--prefix', inState('node')])
  })
  const node = findNode()
  const works = node !== undefined && (await run(node, ['--version'])).ok
  if (!works) {
    throw new SetupError(`Node ${version} was installed but does not run here.`, {
      next: `install Node ${neededMajor} or newer by your own means and run the command again.`,
    })
  }
  return node
}

/**
 * Runs npm on the Node given. Scripts of packages are not run: what they would do here, we do ourselves, and nobody else's
 * code runs at set-up. `runsScripts`: for what is compared with us, and is in no way part of us.
 * @param {string} node @param {string[]} args @param {{ cwd?: string, env?: NodeJS.ProcessEnv, runsScripts?: boolean, timeoutMs?: number }} [options]
 */
export async function runNpm(node, args, options = {}) {
  const { runsScripts = false, ...rest } = options
  const result = await run(
    node,
    [npmScript(), ...args, ...(runsScripts ? [] : ['--ignore-scripts']), '--no-audit', '--no-fund'],
    {
      ...rest,
      keptLines: 200,
    },
  )
  if (result.ok) return
  // npm says what is wrong first, and then goes on for long.
  const errors = result.lastWords.split('\n').filter((line) => /^npm (error|ERR!) ./.test(line))
  throw new SetupError(`npm ${args[0]} failed.`, {
    detail: errors.slice(0, 8).join('\n') || result.lastWords.slice(-1000),
    next: 'check that this machine reaches its npm registry (try: npm ping), then run the command again.',
  })
}

function wantedVersion() {
  const lock = JSON.parse(readFileSync(join(recipe, 'package-lock.json'), 'utf8'))
  return lock.packages[`node_modules/${packageName}`]?.version
}

/** The JavaScript file of npm, to be run by whichever Node we choose. */
function npmScript() {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const onPath = findProgram('npm')
  const candidates = [process.env.npm_execpath, onPath && realpathSync(onPath), beside, '/usr/share/nodejs/npm/bin/npm-cli.js']
  const found = candidates.find((path) => path?.endsWith('npm-cli.js') && existsSync(path))
  if (found === undefined)
    throw new SetupError('npm was not found.', { next: 'install npm (Debian: apt-get install npm) and run the command again.' })
  return found
}
