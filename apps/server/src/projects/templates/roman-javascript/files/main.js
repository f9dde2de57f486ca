import { fromRoman, toRoman } from './roman.js'

const given = process.argv.slice(2)
if (given.length === 0) console.log('Give it numbers as arguments, Roman or ours. For example:')

for (const word of given.length > 0 ? given : ['1994', 'MMXXVI']) {
  try {
    console.log(`${word} = ${/^-?[\d.]+$/.test(word) ? toRoman(Number(word)) : fromRoman(word)}`)
  } catch (problem) {
    console.error(problem.message)
    process.exitCode = 2
  }
}
