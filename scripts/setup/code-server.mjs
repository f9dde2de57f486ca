/**
 * code-server, the editor that ours is measured against: installed from npm into .atelier/code-server when a benchmark wants it, never for
 * anybody who only uses Atelier. Its terminals, watchers and sign-ins are native programs that it builds here, which takes minutes.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { runNpm } from './node.mjs'
import { inState } from './places.mjs'
import { findProgram } from './programs.mjs'
import { note, step } from './steps.mjs'
import { installSystemPackages } from './system-packages.mjs'

const version = '4.139.1'
const folder = inState('code-server')
/** Four minutes of a quiet processor; a busy machine takes its time. */
const installMs = 60 * 60_000
const program = join(folder, 'node_modules/code-server/out/node/entry.js')

/**
 * The path of its program, or undefined: then a note says why, and the benchmark measures ours alone.
 * @param {string} node @returns {Promise<string | undefined>}
 */
export async function bringCodeServer(node) {
  if (isThere()) return program
  try {
    const missing = [
      ...['g++', 'make', 'python3'].filter((name) => findProgram(name) === undefined),
      ...(existsSync('/usr/include/gssapi/gssapi.h') ? [] : ['libkrb5-dev']),
    ]
    if (missing.length > 0) await installSystemPackages(missing, { required: true })
    await step('code-server', async (show) => {
      show('builds its native parts: minutes')
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
      const env = { ...process.env, JOBS: 'max', PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
      await runNpm(node, ['install', `code-server@${version}`], {
        ...{ cwd: folder, env, runsScripts: true, timeoutMs: installMs },
      })
      if (!isThere()) throw new Error(`npm installed no code-server ${version}`)
    })
    return program
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const detail = error instanceof Error && 'detail' in error ? `\n${String(error.detail).replace(/^/gm, '   │ ')}` : ''
    note(
      ` ! code-server could not be installed: ${why}${detail}\n   Ours is measured alone; to compare, mend that and run the command again.`,
    )
    return undefined
  }
}

function isThere() {
  try {
    const manifest = join(folder, 'node_modules/code-server/package.json')
    // npm's own note is written last, after everything was built.
    return (
      JSON.parse(readFileSync(manifest, 'utf8')).version === version &&
      existsSync(join(folder, 'node_modules/.package-lock.json'))
    )
  } catch {
    return false
  }
}
