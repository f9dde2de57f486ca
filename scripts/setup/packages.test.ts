import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAsLocked } from './packages.mjs'

const here = { os: process.platform, cpu: process.arch }
const elsewhere = { os: 'plan9', cpu: process.arch }
const check = (wanted: object, installed: object) =>
  isAsLocked({ 'node_modules/a': { version: '1.0.0', integrity: 'x', ...wanted } }, { 'node_modules/a': installed }, () => true)

test('packages are installed when versions and checksums are those of the lock file', () => {
  assert.equal(check({}, { version: '1.0.0', integrity: 'x' }), true)
  assert.equal(check({}, { version: '1.0.1', integrity: 'x' }), false)
  assert.equal(check({}, { version: '1.0.0', integrity: 'y' }), false)
  assert.equal(
    isAsLocked({ 'node_modules/a': { version: '1.0.0' } }, {}, () => true),
    false,
  )
})

test('an optional package that is made for this machine has to be there, one for another has not', () => {
  assert.equal(
    isAsLocked({ 'node_modules/a': { version: '1.0.0', optional: true, ...here } }, {}, () => true),
    false,
  )
  assert.equal(
    isAsLocked({ 'node_modules/a': { version: '1.0.0', optional: true, ...elsewhere } }, {}, () => true),
    true,
  )
  assert.equal(
    isAsLocked({ 'node_modules/a': { version: '1.0.0', optional: true, ...here, libc: 'musl' } }, {}, () => true),
    true,
  )
  assert.equal(
    isAsLocked({ 'node_modules/a': { version: '1.0.0', optional: true, os: ['!win32'], cpu: process.arch } }, {}, () => true),
    false,
  )
})

test('a workspace counts when its folder is there and linked', () => {
  const wanted = { 'packages/base': {}, 'node_modules/@atelier/base': { link: true } }
  assert.equal(
    isAsLocked(wanted, {}, () => true),
    true,
  )
  assert.equal(
    isAsLocked(wanted, {}, (path) => path === 'packages/base'),
    false,
  )
})
