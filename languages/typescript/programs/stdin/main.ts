import { createInterface } from 'node:readline'

type Person = { readonly name: string; readonly age: number }

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function ask(question: string): Promise<string> {
  process.stdout.write(question)
  return (await lines.next()).value ?? ''
}

const person: Person = { name: await ask('Your name? '), age: Number(await ask('Your age? ')) }
console.log(`${person.name} will be ${person.age + 1} next year.`)
