const readline = require('node:readline')

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function ask(question) {
  process.stdout.write(question)
  return (await lines.next()).value
}

async function main() {
  const name = await ask('Your name? ')
  const age = Number(await ask('Your age? '))
  console.log(`${name} will be ${age + 1} next year.`)
}

main()
