/**
 * What `npm test` shows of a group of tests: nothing of those that pass, everything of those that fail. The counts go, as
 * JSON, to the file that ATELIER_TEST_COUNTS names.
 */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { inspect } from 'node:util'

/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* reporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  /** What a file wrote, shown only when something in it fails. @type {Map<string, string>} */
  const output = new Map()
  /** The names of the suites around the test at hand. @type {string[]} */
  const names = []
  for await (const { type, data } of events) {
    if (type === 'test:start') names.splice(data.nesting, names.length, data.name)
    if (type === 'test:stdout' || type === 'test:stderr') {
      output.set(data.file, ((output.get(data.file) ?? '') + data.message).slice(-4000))
    }
    if (type === 'test:pass' && !isContainer(data)) {
      if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1
      else counts.passed += 1
    }
    if (type === 'test:fail' && !isContainerOfFailures(data)) {
      counts.failed += 1
      const where = data.file ? `${relative(process.cwd(), data.file)}${data.line ? `:${data.line}` : ''}` : ''
      yield `   ✗ ${[...names.slice(0, data.nesting), data.name].join(' › ')}\n     ${where}\n${indent(wordsOn(data.details?.error))}\n`
      const written = output.get(data.file)
      if (written) yield `     what it wrote:\n${indent(written.trimEnd())}\n`
      output.delete(data.file)
    }
    writeFileSync(process.env.ATELIER_TEST_COUNTS ?? '/dev/null', JSON.stringify(counts))
  }
}

/** A file, or a `describe`, is not a test of its own. @param {any} data */
const isContainer = (data) => data.details?.type === 'suite' || data.name === data.file || data.file?.endsWith(data.name)

/** @param {any} data */
const isContainerOfFailures = (data) => data.details?.error?.failureType === 'subtestsFailed'

/** @param {any} error @returns {string} */
function wordsOn(error) {
  const cause = error?.code === 'ERR_TEST_FAILURE' ? error.cause : error
  // What went wrong while the test cleaned up after what went wrong.
  if (cause?.name === 'SuppressedError')
    return `${wordsOn(cause.suppressed)}\nand then, while cleaning up:\n${wordsOn(cause.error)}`
  return typeof cause === 'string' ? cause : inspect(cause)
}

/** @param {string} text */
const indent = (text) => text.replace(/^/gm, '     │ ')
