import { BadExpression, calculate } from './calculate.ts'

const given = process.argv.slice(2)
if (given.length === 0) console.log('Give it expressions as arguments, in quotes. For example:')

for (const expression of given.length > 0 ? given : ['2 * (3 + 4)', '2 ^ 3 ^ 2']) {
  try {
    console.log(`${expression} = ${calculate(expression)}`)
  } catch (problem) {
    if (!(problem instanceof BadExpression)) throw problem
    console.error(`${expression}: ${problem.message}`)
    process.exitCode = 2
  }
}
