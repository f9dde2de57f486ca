import { setTimeout as pause } from 'node:timers/promises'

const width = 60
const waves = [
  { sign: '●', hue: 0, speed: 0.11, swing: 0.9 },
  { sign: '◆', hue: 120, speed: 0.17, swing: 0.6 },
  { sign: '▲', hue: 240, speed: 0.07, swing: 0.35 },
]

/** A colour of the terminal from its place on the colour wheel. */
function colour(hue, text) {
  const channel = (shift) => Math.round(128 + 127 * Math.cos(((hue - shift) * Math.PI) / 180))
  return `\x1b[38;2;${channel(0)};${channel(120)};${channel(240)}m${text}\x1b[0m`
}

for (let line = 0; line < 120; line++) {
  const cells = new Array(width).fill(' ')
  for (const { sign, hue, speed, swing } of waves) {
    const place = Math.round(((width - 1) * (1 + swing * Math.sin(line * speed))) / 2)
    cells[place] = colour(hue + line * 3, sign)
  }
  console.log(cells.join(''))
  await pause(30)
}
