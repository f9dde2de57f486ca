import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import type { NetworkRequest } from '@atelier/protocol/executions'
import type { Isolation } from '@atelier/sandbox/sandbox'
import { grantNetwork } from './network.ts'

const opened: (readonly string[])[] = []
const egress = (hosts: string[]) => ({
  policy: { hosts },
  open: async (_execution: string, granted: readonly string[]) => {
    opened.push(granted)
    return { proxySocket: '/tmp/x', usedBytes: 0, close() {} }
  },
})
const refusedWith = (asked: NetworkRequest, hosts: string[], words: RegExp, level: Isolation = 'container') =>
  assert.throws(
    () => grantNetwork(asked, level, egress(hosts)),
    (error) => error instanceof Refusal && error.code === 'network-refused' && words.test(error.message),
  )

describe('the network of an execution', () => {
  test('is not there unless it is asked for', () => {
    assert.equal(grantNetwork(undefined, 'container', egress(['*'])), null)
    assert.equal(grantNetwork(false, 'container', egress(['*'])), null)
  })

  test('is refused with a sentence where the server names no hosts', () => {
    refusedWith(true, [], /ATELIER_EGRESS_HOSTS/)
    assert.throws(() => grantNetwork(true, 'container', null), Refusal)
  })

  test('is the whole list of the server, or a part of it', async () => {
    await grantNetwork(true, 'container', egress(['pypi.org', '*.pythonhosted.org']))?.('e')
    await grantNetwork({ hosts: ['Files.PythonHosted.org'] }, 'container', egress(['*.pythonhosted.org']))?.('e')
    assert.deepEqual(opened, [['pypi.org', '*.pythonhosted.org'], ['files.pythonhosted.org']])
  })

  test('is never more than that list, and never something that is no host', () => {
    for (const host of ['example.org', '*', '*.org', 'pypi.org.evil.net'])
      refusedWith({ hosts: [host] }, ['pypi.org'], /may not reach/)
    for (const host of ['http://pypi.org', '10.0.0.1:80', '', 'a b', '[::1]'])
      refusedWith({ hosts: [host] }, ['pypi.org'], /is no host/)
  })

  test('is refused where nobody could watch it', () => refusedWith(true, ['*'], /no way out that could be watched/, 'process'))
})
