/** `atelier languages`: what the server can run, and what is missing for the rest. */
import { type Language, LanguageList } from '@atelier/protocol/languages'
import type { Server } from '../server/server.ts'
import type { Surroundings } from '../surroundings.ts'
import { tableOf } from '../table.ts'

export async function listLanguages(
  server: Server,
  { stdout }: Surroundings,
  { json = false }: { json?: boolean },
): Promise<void> {
  const { items } = await server.ask(LanguageList, '/api/v1/languages')
  stdout.write(
    json
      ? `${JSON.stringify(items, null, 2)}\n`
      : tableOf(
          ['ID', 'NAME', 'VERSION', 'FILES', 'STATE'],
          items.map((each) => [each.id, each.name, each.version ?? '-', each.extensions.join(' '), stateOf(each)]),
        ),
  )
}

const stateOf = ({ available, reason, remedy }: Language): string =>
  available ? 'ready' : `not ready: ${[reason, remedy].filter((part) => part !== null && part !== '').join(' → ')}`
