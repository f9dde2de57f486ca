// Open this file and press Run: it tests roman.js.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromRoman, largest, toRoman } from './roman.js'

test('a year is spelled as on an old building', () => {
  assert.equal(toRoman(1994), 'MCMXCIV')
  assert.equal(toRoman(2026), 'MMXXVI')
})

test('every number comes back as it went', () => {
  for (let number = 1; number <= largest; number++) assert.equal(fromRoman(toRoman(number)), number)
})

test('other spellings are refused', () => {
  for (const text of ['IIX', 'VX', 'IIII', 'XM', '', 'ABC']) assert.throws(() => fromRoman(text), RangeError, text)
})

test('there is no zero, and nothing beyond MMMCMXCIX', () => {
  for (const number of [0, -1, 4000, 1.5, Number.NaN]) assert.throws(() => toRoman(number), RangeError)
})
