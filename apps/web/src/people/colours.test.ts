import assert from 'node:assert/strict'
import { test } from 'node:test'
import { colourOf, colours, coloursOf } from './colours.ts'

const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `user-${at}`)

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

test('white letters can be read on every colour, and every colour can be seen on each theme’s sheet', () => {
  for (const colour of colours) {
    assert.ok(contrast(colour, '#ffffff') >= 4.5, colour)
    for (const sheet of ['#fffdf9', '#201e1c', '#000000']) assert.ok(contrast(colour, sheet) >= 3, `${colour} on ${sheet}`)
  }
})

test('a person alone has a colour of their own, the same on every page', () => {
  assert.equal(colourOf('user-7'), colourOf('user-7'))
  assert.ok(new Set(ids(60).map(colourOf)).size === colours.length)
  assert.deepEqual([...coloursOf(['user-7'])], [['user-7', colourOf('user-7')]])
})

test('as many people as there are colours have different ones, in whatever order they are named', () => {
  const room = ids(colours.length)
  const found = coloursOf(room)
  assert.equal(new Set(found.values()).size, colours.length)
  assert.deepEqual(coloursOf([...room].reverse()), found)
})

test('a room of two hundred uses the colours evenly', () => {
  const uses = new Map<string, number>()
  for (const colour of coloursOf(ids(200)).values()) uses.set(colour, (uses.get(colour) ?? 0) + 1)
  assert.equal(uses.size, colours.length)
  assert.ok(Math.max(...uses.values()) - Math.min(...uses.values()) <= 1)
})
