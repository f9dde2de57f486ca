/** Messages that nobody should send: made of good ones, cut off, changed and put together anew, or of chance alone. */
import type { Chance } from './chance.ts'

const giants = [
  Uint8Array.of(255, 255, 255, 255, 255, 255, 15),
  Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
  Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0),
]

export function hostileMessage(chance: Chance, good: readonly Uint8Array[]): Uint8Array {
  const message = chance.pick(good).slice(0, 4000)
  switch (chance.below(7)) {
    case 0:
      return Uint8Array.from({ length: chance.below(40) }, () => chance.below(256))
    case 1:
      return message.slice(0, chance.below(message.length + 1))
    case 2:
      return changed(message, chance, () => chance.below(256))
    case 3:
      // Small numbers look like clients, clocks, kinds and lengths that could be.
      return changed(message, chance, (byte) => (chance.share() < 0.5 ? chance.below(12) : byte + 1 - chance.below(3)))
    case 4:
      return joined(message.slice(0, chance.below(message.length + 1)), chance.pick(giants), message)
    case 5:
      return joined(message.slice(0, chance.below(message.length + 1)), chance.pick(good).slice(-chance.below(60)))
    default:
      return joined(message, Uint8Array.of(chance.below(256)))
  }
}

function changed(message: Uint8Array, chance: Chance, other: (byte: number) => number): Uint8Array {
  if (message.length === 0) return message
  for (let times = 1 + chance.below(3); times > 0; times -= 1) {
    const at = chance.below(message.length)
    message[at] = other(message[at] ?? 0)
  }
  return message
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
