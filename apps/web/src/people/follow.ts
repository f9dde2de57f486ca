/**
 * Follow mode, as a pure machine: the page goes where one person goes, until its own person does something.
 *
 *            follow                     I type, click, press Escape, open something
 *   free ───────────────▶ following ────────────────────────────────────────────────▶ free
 *                          │     ▲      they leave
 *                          └─────┘  they go to another file, or on in another tab
 */
import { mainTab, type PersonHere } from './persons.ts'

export type FollowState =
  | { readonly kind: 'free' }
  | {
      readonly kind: 'following'
      readonly userId: string
      readonly connection: string
      readonly name: string
      readonly color: string
      /** The file that they look at; null while they look at none. */
      readonly path: string | null
    }

export type FollowEvent =
  | { readonly type: 'follow'; readonly person: PersonHere }
  | { readonly type: 'people'; readonly people: readonly PersonHere[] }
  | { readonly type: 'acted' }

export const free: FollowState = { kind: 'free' }

export function advance(state: FollowState, event: FollowEvent): FollowState {
  switch (event.type) {
    case 'follow':
      return following(event.person, null)
    case 'acted':
      return free
    case 'people': {
      if (state.kind === 'free') return state
      const person = event.people.find(({ userId }) => userId === state.userId)
      const next = person === undefined ? free : following(person, state.connection)
      return isSame(state, next) ? state : next
    }
  }
}

/** The tab that was followed so far stays the one, while it is there. */
function following(person: PersonHere, connection: string | null): FollowState {
  const tab = person.tabs.find((each) => each.connection === connection) ?? mainTab(person)
  if (tab === null) return free
  const { userId, name, color } = person
  return { kind: 'following', userId, connection: tab.connection, name, color, path: tab.path }
}

const isSame = (a: FollowState, b: FollowState): boolean =>
  a.kind === 'following' &&
  b.kind === 'following' &&
  a.connection === b.connection &&
  a.path === b.path &&
  a.name === b.name &&
  a.color === b.color
