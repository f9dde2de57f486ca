/** Who is in the project now, who I am among them, and whom this page follows. Filled by the channel `project:<id>`. */
import type { ProjectNews } from '@atelier/protocol/presence'
import type { SessionChange } from '@atelier/protocol/sessions'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Api } from '../connection/api.ts'
import { colourAt } from './colours.ts'
import { advance, type FollowEvent, type FollowState, free } from './follow.ts'
import { type PersonHere, personsOf } from './persons.ts'

/** `id` and `name` are empty until the server has said who this is. */
export type Me = { readonly id: string; readonly name: string; readonly color: string }

export type PeopleState = {
  readonly persons: readonly PersonHere[]
  /** How many more there are than are listed. */
  readonly more: number
}

export type People = {
  readonly me: StoreApi<Me>
  readonly store: StoreApi<PeopleState>
  readonly follow: StoreApi<FollowState>
  take(news: Extract<ProjectNews, { type: 'people' }>): void
  /** The connection is gone: nobody knows who is there. */
  forget(): void
  happened(event: FollowEvent): void
  /** Where somebody's caret stands in a file, as an offset; null when the page does not know. */
  placeOf(userId: string, path: string): number | null
  /** Called after carets of others may have moved. */
  onPlaces(listener: () => void): void
  /** Documents that are edited together tell here where others' carets are. */
  readonly places: { read: (userId: string, path: string) => number | null; changed(): void }
  /** What a person is called, or null when they are not here. */
  nameOf(userId: string): string | null
  /** Changes my own name; the server keeps it, for every project. */
  rename(name: string): Promise<void>
}

export function createPeople(api: Api): People {
  const me = createStore<Me>(() => ({ id: '', name: '', color: colourAt(0) }))
  const store = createStore<PeopleState>(() => ({ persons: [], more: 0 }))
  const follow = createStore<FollowState>(() => free)
  const happened = (event: FollowEvent): void => {
    const before = follow.getState()
    const after = advance(before, event)
    if (after !== before) follow.setState(after, true)
  }
  const placeListeners: (() => void)[] = []
  const places: People['places'] = {
    read: () => null,
    changed: () => {
      for (const listener of placeListeners) listener()
    },
  }
  const show = (persons: readonly PersonHere[], more: number): void => {
    store.setState({ persons, more })
    happened({ type: 'people', people: persons })
  }
  return {
    me,
    store,
    follow,
    happened,
    places,
    placeOf: (userId, path) => places.read(userId, path),
    onPlaces: (listener) => placeListeners.push(listener),
    take({ people, you, more }) {
      const persons = personsOf(people, you)
      const mine = persons.find(({ isMe }) => isMe)
      const before = me.getState()
      if (mine !== undefined && (before.id !== mine.userId || before.name !== mine.name || before.color !== mine.color))
        me.setState({ id: mine.userId, name: mine.name, color: mine.color })
      show(persons, more)
    },
    forget: () => show([], 0),
    nameOf: (userId) => store.getState().persons.find((person) => person.userId === userId)?.name ?? null,
    async rename(name) {
      await api.ask('/api/v1/session', { method: 'PATCH', body: { json: { name: name.trim() } satisfies SessionChange } })
    },
  }
}
