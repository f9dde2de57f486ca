/** Everybody in the project, one entry per person: two tabs of one person are one person who is in two places. */
import type { Person } from '@atelier/protocol/presence'
import type { ProjectRole } from '@atelier/protocol/projects'
import { colourAt } from './colours.ts'

export type Tab = { readonly connection: string; readonly path: string | null; readonly activity: string | null }

export type PersonHere = {
  readonly userId: string
  readonly name: string
  readonly role: ProjectRole
  readonly color: string
  readonly isMe: boolean
  readonly tabs: readonly Tab[]
}

/** `you`: the connection of this page. Its own tab is not among its person's places: nobody jumps to where they are. */
export function personsOf(people: readonly Person[], you: string): readonly PersonHere[] {
  const me = people.find(({ connection }) => connection === you)?.userId
  const found = new Map<string, PersonHere & { tabs: Tab[] }>()
  for (const { userId, name, role, colour, connection, path, activity } of people) {
    const person = found.get(userId) ?? {
      ...{ userId, role, name, color: colourAt(colour), isMe: userId === me },
      tabs: [],
    }
    if (connection !== you) person.tabs.push({ connection, path, activity })
    found.set(userId, person)
  }
  return [...found.values()]
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Me first, then those who look at the file that I look at, then the others by name. Nobody moves for any other reason. */
export function inOrder(persons: readonly PersonHere[], path: string | null): readonly PersonHere[] {
  const rank = (person: PersonHere): number => (person.isMe ? 0 : isAt(person, path) ? 1 : 2)
  return [...persons].sort(
    (a, b) => rank(a) - rank(b) || collator.compare(a.name, b.name) || (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0),
  )
}

export const isAt = (person: PersonHere, path: string | null): boolean =>
  path !== null && person.tabs.some((tab) => tab.path === path)

/** The tab to jump to or to follow: one that shows a file, and rather one where something is done. */
export function mainTab({ tabs }: PersonHere): Tab | null {
  const withFile = tabs.filter(({ path }) => path !== null)
  return withFile.find(({ activity }) => activity !== null) ?? withFile[0] ?? tabs[0] ?? null
}
