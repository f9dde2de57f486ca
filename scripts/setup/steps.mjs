/**
 * What a person sees while something is set up: one line per step, ticked with its seconds.
 *
 *   ✓ packages            12.3 s
 *   ⠹ system packages      8.0 s   unpacking chromium
 *
 * On a terminal the open steps move; elsewhere each line is written once, when the step is over. All of it goes to
 * standard error: standard output belongs to what comes after.
 */
import { performance } from 'node:perf_hooks'

/** A failure for the person at the terminal: what happened, then what to do next. Written without a stack. */
export class SetupError extends Error {
  /** @param {string} what @param {{ next: string, detail?: string }} more `detail`: the last words of the program that failed */
  constructor(what, more) {
    super(what)
    this.next = more.next
    this.detail = more.detail ?? ''
  }
}

/** @typedef {{ name: string, startedAt: number, detail: string }} OpenStep */

/** @type {Set<OpenStep>} */
const open = new Set()
const out = process.stderr
const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
let frame = 0
let drawnLines = 0
/** @type {NodeJS.Timeout | undefined} */
let timer

/**
 * Runs `work` as a step of this name. `work` gets a function that shows a few words on what it is doing; a text that it
 * resolves to is written behind the seconds.
 * @template T
 * @param {string} name
 * @param {(show: (detail: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  /** @type {OpenStep} */
  const mine = { name, startedAt: performance.now(), detail: '' }
  open.add(mine)
  redraw()
  try {
    const result = await work((detail) => {
      mine.detail = detail
    })
    close(mine, '✓', typeof result === 'string' ? result : '')
    return result
  } catch (error) {
    close(mine, '✗', '')
    throw error
  }
}

/** A line of its own, above the open steps. @param {string} text */
export function note(text) {
  erase()
  out.write(`${text}\n`)
  redraw()
}

/** @param {OpenStep} mine @param {string} tick @param {string} detail */
function close(mine, tick, detail) {
  open.delete(mine)
  note(line(tick, { ...mine, detail }))
}

/** @param {string} tick @param {OpenStep} of */
function line(tick, of) {
  const seconds = ((performance.now() - of.startedAt) / 1000).toFixed(1)
  return ` ${tick} ${of.name.padEnd(20)} ${seconds.padStart(6)} s${of.detail === '' ? '' : `   ${of.detail}`}`
}

function redraw() {
  if (!out.isTTY) return
  erase()
  for (const each of open) out.write(`${line(frames.charAt(frame % frames.length), each).slice(0, (out.columns || 80) - 1)}\n`)
  drawnLines = open.size
  if (open.size === 0) {
    clearInterval(timer)
    timer = undefined
  } else
    timer ??= setInterval(() => {
      frame += 1
      redraw()
    }, 100)
}

function erase() {
  if (drawnLines > 0) out.write(`\x1b[${drawnLines}A\x1b[0J`)
  drawnLines = 0
}

/** Writes a failure as a person wants to read it and sets the exit code. @param {unknown} error */
export function fail(error) {
  if (error instanceof SetupError) {
    const detail = error.detail.trim()
    out.write(`\n${error.message}\n${detail === '' ? '' : `${detail.replace(/^/gm, '  │ ')}\n`}What next: ${error.next}\n`)
  } else
    out.write(`\nThis should not have happened, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
