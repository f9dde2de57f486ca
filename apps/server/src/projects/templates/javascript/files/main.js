import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function ask(question) {
  process.stdout.write(question)
  const { value } = await lines.next()
  return value ?? ''
}

const place = await ask('Where shall we go? ')
const days = Number(await ask('For how many days? '))
const plans = ['take a walk', 'find the best bakery', 'visit a museum', 'read in a park', 'swim']

if (days > 0) {
  console.log(`\n${days} days in ${place}:`)
  for (let day = 1; day <= days; day++) console.log(`  day ${day}: ${plans[(day - 1) % plans.length]}`)
} else {
  console.log(`\nThen we stay at home and dream of ${place}.`)
}

process.stdin.destroy()
