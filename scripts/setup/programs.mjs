/** Starting other programs and keeping their last words for the case that they fail. */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Runs a program to its end without showing what it prints. Never rejects: `ok` says how it went.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, keptLines?: number, onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ ok: boolean, code: number | null, lastWords: string }>}
 */
export function run(command, args, { cwd, env, timeoutMs = 15 * 60_000, keptLines = 15, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    let lastWords = ''
    /** @param {Buffer} bytes */
    const hear = (bytes) => {
      const text = bytes.toString('utf8')
      lastWords = (lastWords + text).slice(-300 * keptLines)
      for (const line of text.split('\n')) if (line.trim() !== '') onLine?.(line.trim())
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', (error) => resolve({ ok: false, code: null, lastWords: error.message }))
    child.once('close', (code) =>
      resolve({ ok: code === 0, code, lastWords: lastWords.split('\n').slice(-keptLines).join('\n') }),
    )
  })
}

/** The path of a program on PATH (and where administrators' programs are), or undefined. @param {string} name */
export function findProgram(name) {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return path
    } catch {
      // Not here.
    }
  }
  return undefined
}
