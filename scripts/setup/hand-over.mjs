/**
 * Runs a program of the project as if it were this process: same terminal, its exit code is ours, and a signal to us is
 * one signal to it.
 *
 * Ctrl-C reaches us twice, from the terminal and from npm, which passes it on. So the program gets a session of its own,
 * where the terminal does not reach it, and we pass on what comes within a second as one.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { findProgram } from './programs.mjs'

const samePressMs = 1_000

/** How often we look whether npm is still there. */
const parentCheckMs = 500

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<void>} with `process.exitCode` set
 */
export async function handOver(program, args, { cwd, env = process.env }) {
  // When we are killed so hard that we cannot pass anything on, the kernel tells the program.
  const setpriv = findProgram('setpriv')
  const [command, ...rest] = setpriv === undefined ? [program] : [setpriv, '--pdeathsig', 'TERM', '--', program]
  const child = spawn(command, [...rest, ...args], { cwd, env, stdio: 'inherit', detached: true })
  let presses = 0
  let lastPressAt = Number.NEGATIVE_INFINITY
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    if (performance.now() - lastPressAt < samePressMs) return
    lastPressAt = performance.now()
    presses += 1
    child.kill(presses > 2 ? 'SIGKILL' : signal === 'SIGHUP' ? 'SIGTERM' : signal)
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, passOn)
  // npm dies of SIGTERM without a word to us: whoever asked it to end meant the program.
  if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(() => passOn('SIGTERM'))
  process.exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
}

/** @param {() => void} callback */
function whenParentEnds(callback) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, parentCheckMs)
  timer.unref()
}
