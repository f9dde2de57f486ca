/**
 * Promises that a driver does not make. Each is named as one of its probe's findings is, with the tests that are not for it.
 * Such a test is not left out in silence: it stands in the results as "does not promise …", and fails unless the driver says
 * so itself, where the person who hosts reads it.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SandboxDriver } from '../sandbox.ts'

export type NotPromised = {
  /** The name of the finding in which the driver owns up to it. */
  readonly promise: string
  /** Whole titles, or what they match. */
  readonly tests: readonly (string | RegExp)[]
}

/** As `it`, without options. */
export type PromisedTest = (title: string, test: () => void | Promise<void>) => void

export function promisedTests(
  driver: () => SandboxDriver,
  notPromised: readonly NotPromised[],
): { readonly it: PromisedTest; readonly unused: () => string[] } {
  const used = new Set<string | RegExp>()
  const promised: PromisedTest = (title, test) => {
    for (const { promise, tests } of notPromised) {
      const found = tests.find((each) => (typeof each === 'string' ? each === title : each.test(title)))
      if (found === undefined) continue
      used.add(found)
      it(`(does not promise: ${promise}) ${title}`, () => ownsUpTo(driver(), promise))
      return
    }
    it(title, test)
  }
  const unused = () => notPromised.flatMap(({ tests }) => tests.filter((each) => !used.has(each))).map(String)
  return { it: promised, unused }
}

async function ownsUpTo(driver: SandboxDriver, promise: string): Promise<void> {
  const { summary, findings } = await driver.probe()
  const finding = findings.find(({ name }) => name === promise)
  assert.equal(finding?.ok, false, `no finding of the driver says that it does not promise "${promise}"`)
  assert.ok(finding.detail.length > 20 && finding.remedy !== '', `"${promise}" is not explained`)
  assert.match(summary, /no isolation/, 'who promises less than the contract says "no isolation" first')
}
