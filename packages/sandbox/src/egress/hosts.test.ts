import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { covers, hostName, hostPattern } from './hosts.ts'

describe('lists of hosts', () => {
  it('know a host by its name, whatever its case and with the dot of the root', () => {
    assert.equal(hostName('PyPI.org.'), 'pypi.org')
    for (const text of [
      '',
      '.',
      'a..b',
      '-a',
      'a b',
      'a/b',
      'a@b',
      'a:80',
      'ü.de',
      '*.a',
      `${'a'.repeat(64)}.de`,
      'a\n.de',
      'a%00',
    ])
      assert.equal(hostName(text), null, text)
  })

  it('cover names below a suffix, and never a name that only ends alike', () => {
    const list = ['pypi.org', '*.pythonhosted.org']
    for (const host of ['pypi.org', 'files.pythonhosted.org', 'a.b.pythonhosted.org'])
      assert.equal(covers(list, host), true, host)
    for (const host of ['x.pypi.org', 'pythonhosted.org', 'evilpythonhosted.org', 'pypi.org.evil.net', 'ypi.org'])
      assert.equal(covers(list, host), false, host)
  })

  it('cover a narrower pattern, so that a request may ask for a part of what the server allows', () => {
    assert.equal(covers(['*.a.org'], '*.b.a.org'), true)
    assert.equal(covers(['*.a.org'], '*.a.org'), true)
    assert.equal(covers(['b.a.org'], '*.a.org'), false)
    assert.equal(covers(['*.a.org'], '*'), false)
    assert.equal(covers(['*'], '*.org'), true)
  })

  it('take patterns in one form, and nothing else', () => {
    assert.deepEqual(['*', ' *.Example.ORG ', 'a.b'].map(hostPattern), ['*', '*.example.org', 'a.b'])
    assert.deepEqual(['**', '*.', 'a.*', 'http://a', 'a:1', '*a.org'].map(hostPattern), [null, null, null, null, null, null])
  })
})
