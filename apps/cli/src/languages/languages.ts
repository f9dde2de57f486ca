/** `atelier languages`: what the server can run, what can be added, and what cannot. */
import { type Language, LanguageList } from '@atelier/protocol/languages'
import type { Server } from '../server/server.ts'
import type { Surroundings } from '../surroundings.ts'
import { tableOf } from '../table.ts'
import { readAbsent } from './known.ts'

/** `folder`: the languages of this copy of Atelier, for those that no server has. */
export async function listLanguages(
  server: Server,
  { stdout }: Surroundings,
  folder: string,
  { json = false }: { json?: boolean },
): Promise<void> {
  const { items } = await server.ask(LanguageList, '/api/v1/languages')
  if (json) {
    stdout.write(`${JSON.stringify(items, null, 2)}\n`)
    return
  }
  const sorted = [...items.filter((each) => each.wanted), ...items.filter((each) => !each.wanted)]
  stdout.write(
    tableOf(
      ['ID', 'NAME', 'VERSION', 'FILES', 'STATE'],
      sorted.map((each) => [each.id, each.name, each.version ?? '-', each.extensions.join(' '), stateOf(each)]),
    ),
  )
  const absent = Object.entries(await readAbsent(folder))
  if (absent.length > 0) stdout.write(`\nCannot be added:\n${absent.map(([id, reason]) => `  ${id}: ${reason}\n`).join('')}`)
}

function stateOf({ wanted, available, reason, remedy }: Language): string {
  if (available) return 'ready'
  if (!wanted) return remedy ?? reason ?? 'not installed'
  return `not ready: ${[reason, remedy].filter((part) => part !== null && part !== '').join(' → ')}`
}
