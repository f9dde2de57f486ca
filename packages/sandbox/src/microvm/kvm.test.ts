import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { judgeKvm, reachKvm } from './kvm.ts'

test('the verdict on hardware virtualisation is found by booting, and kept for the same kernel, QEMU and processor', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-kvm-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'kvm.json')
  let boots = 0
  const hangs = async () => {
    boots += 1
    throw new Error('it was not ready after 10 s')
  }
  const verdict = await judgeKvm(file, 'QEMU 7.2', hangs)
  assert.equal(verdict.works, false)
  assert.match(verdict.detail, /did not come up with it \(it was not ready after 10 s\)/)
  assert.equal((await judgeKvm(file, 'QEMU 7.2', hangs)).works, false)
  assert.equal(boots, 1)
  const works = async () => {
    boots += 1
  }
  assert.equal((await judgeKvm(file, 'QEMU 9.2', works)).works, true)
  assert.equal(boots, 2)
  writeFileSync(file, 'not json')
  assert.equal((await judgeKvm(file, 'QEMU 9.2', works)).works, true)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).works, true)
})

test('machines reach the device of KVM as a user that owns nothing, or say why not', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-kvm-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const device = join(folder, 'kvm')
  assert.match(String(reachKvm(1234, device)), /there is no \/dev\/kvm/)
  writeFileSync(device, '')
  chmodSync(device, 0o600)
  assert.match(String(reachKvm(1234, device)), /open only to root/)
  chmodSync(device, 0o666)
  assert.deepEqual(reachKvm(1234, device), { path: device, group: null })
})
