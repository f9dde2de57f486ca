/** Goes to where other people are: once, or for as long as they are followed. */
import type { Workbench } from '../workbench/workbench.ts'
import { mainTab, type PersonHere } from './persons.ts'

/** Keys that do nothing by themselves do not end the following. */
const silentKeys: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'NumLock'])

/** The file that somebody looks at, at their caret when that is known. */
export async function jumpTo(workbench: Workbench, person: PersonHere): Promise<void> {
  const path = mainTab(person)?.path ?? null
  if (path === null) return
  workbench.layout.show('editor')
  await workbench.editing.open(path)
  const place = workbench.people.placeOf(person.userId, path)
  if (place !== null) workbench.surface.current.lookAt(place)
}

/** While somebody is followed, this page shows what they see; the first thing that its own person does ends it. */
export function followPeople(workbench: Workbench): void {
  const { documents, editing, files, layout, people, notices, surface } = workbench
  let listening: AbortController | null = null
  let lookedAt: number | null = null

  const goAlong = (): void => {
    const state = people.follow.getState()
    if (state.kind !== 'following' || state.path === null || !files.getState().entries.has(state.path)) return
    if (documents.getState().active !== state.path) {
      layout.show('editor')
      lookedAt = null
      void editing.open(state.path, { focus: false }).then(goAlong)
      return
    }
    const place = people.placeOf(state.userId, state.path)
    if (place === null || place === lookedAt) return
    lookedAt = place
    surface.current.lookAt(place)
  }
  const acted = (): void => people.happened({ type: 'acted' })
  const listen = (): AbortController => {
    const controller = new AbortController()
    const options = { capture: true, signal: controller.signal }
    window.addEventListener('keydown', ({ key }) => (silentKeys.has(key) ? undefined : acted()), options)
    for (const type of ['pointerdown', 'wheel', 'paste', 'drop'] as const)
      window.addEventListener(
        type,
        ({ target }) => {
          // Looking at who is here is not going away.
          if (!(target instanceof Element && target.closest('[data-people]') !== null)) acted()
        },
        { ...options, passive: true },
      )
    return controller
  }

  people.follow.subscribe((now, before) => {
    if (now.kind === 'following') {
      if (before.kind === 'free' || before.userId !== now.userId) lookedAt = null
      listening ??= listen()
      goAlong()
      return
    }
    listening?.abort()
    listening = null
    const { persons } = people.store.getState()
    // With nobody at all the connection is gone, which is told elsewhere.
    if (before.kind === 'following' && persons.length > 0 && !persons.some(({ userId }) => userId === before.userId))
      notices.info(`${before.name} has left, so you follow nobody now.`)
  })
  people.onPlaces(goAlong)
  // They may be in a file already of whose making the news come later.
  files.subscribe((now, before) => {
    if (now.entries !== before.entries) goAlong()
  })
}
