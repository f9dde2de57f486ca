/** The words behind `atelier languages`. */
import type { Command } from 'commander'
import { type CommandLine, type OpenServer, serverOption } from '../command-line.ts'
import { dataFolderOf } from '../server/address.ts'
import { followWish } from './follow.ts'
import { languagesIn, type NamedLanguages, namesOf, readLanguages } from './known.ts'
import { listLanguages } from './languages.ts'
import { changeWishes } from './wishes.ts'

export function describeLanguages(program: Command, line: CommandLine, open: OpenServer): void {
  const { surroundings, projectFolder } = line
  const languages = program.command('languages').description('What the server can run; add languages to it, or take them away')
  languages
    .command('list', { isDefault: true })
    .description('List the languages of the server, and whether each can be run (also without the word "list")')
    .option(...serverOption)
    .option('--json', 'print JSON')
    .action(async (options) => listLanguages(await open(options), surroundings, languagesIn(projectFolder), options))

  const describeChange = (
    verb: 'add' | 'remove',
    description: string,
    change: (wished: readonly string[], named: NamedLanguages) => string[],
  ): void => {
    languages
      .command(verb)
      .description(description)
      .argument('<names...>', 'ids or names (atelier languages)')
      .helpOption('--help', 'show this')
      .addHelpText('after', changeHelp)
      .action(async (names: string[]) => {
        const named = namesOf(await readLanguages(languagesIn(projectFolder)), names, verb)
        const dataFolder = dataFolderOf({ environment: surroundings.environment, projectFolder })
        await changeWishes(dataFolder, (wished) => change(wished, named))
        await followWish({ dataFolder, surroundings, verb, named })
      })
  }
  describeChange('add', 'Bring languages to the server of this machine, while it runs', (wished, { ids }) => [
    ...new Set([...wished, ...ids]),
  ])
  describeChange('remove', 'Take languages from the server of this machine', (wished, { ids }) =>
    wished.filter((id) => !ids.includes(id)),
  )
}

const changeHelp = `
Examples:
  atelier languages add java
  atelier languages add c++ ruby haskell

For the person who hosts: the command writes into the data folder (ATELIER_DATA), and the server that runs there takes it
up. It makes a new toolchain image beside the one in use; until that is whole, and if it fails, the old one serves. Ctrl-C
ends the watching, not the work.`
