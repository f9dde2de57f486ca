import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPublicAddress } from './addresses.ts'

describe('addresses that a program may reach', () => {
  it('are those of the public internet', () => {
    for (const address of ['8.8.8.8', '93.184.215.14', '2606:4700::1111', '2a00:1450:4001::200e']) {
      assert.equal(isPublicAddress(address), true, address)
    }
  })

  it('are never private, local, shared, reserved, or the metadata of a cloud', () => {
    const refused = [
      ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
      ...['169.254.169.254', '169.254.0.1', '100.64.0.1', '100.100.100.200', '192.0.0.192', '192.0.2.1', '198.18.0.1'],
      ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
      ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '2001:db8::1', '100::1'],
    ]
    for (const address of refused) assert.equal(isPublicAddress(address), false, address)
  })

  it('are no IPv4 address in the clothes of IPv6', () => {
    const wrapped = ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::']
    for (const address of [...wrapped, '2001::1', '::ffff:0:7f00:1']) assert.equal(isPublicAddress(address), false, address)
  })

  it('are nothing that is not plainly an address', () => {
    for (const text of ['', 'localhost', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '8.8.8.8 ', '[::1]', '1.2.3.4.5'])
      assert.equal(isPublicAddress(text), false, text)
  })
})
