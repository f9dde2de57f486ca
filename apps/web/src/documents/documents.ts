/**
 * Documents: the files that are open in tabs, their text, and how they get to the server.
 *
 * The text itself lives in the text surface. Here is what surrounds it: which version it started from, its save state, and the
 * rule that a text the server does not have is kept in this browser until it does.
 */
import type { Language } from '@atelier/protocol/languages'
import type { PageBoot } from '@atelier/protocol/page-boot'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Place, TextSurface } from '../editor/surface.ts'
import { afterMove, isWithin } from '../files/tree.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import type { ViewedKind } from '../viewers/kinds.ts'
import { isPending, type LiveState } from './live-state.ts'
import { isUnsaved, type SaveState, savedState } from './save-state.ts'

export type DocumentState =
  | { readonly kind: 'loading' }
  /** A tab from before the page was loaded again; its text is fetched when it is shown. */
  | { readonly kind: 'asleep' }
  | {
      readonly kind: 'text'
      readonly version: number
      readonly save: SaveState
      /** What is known of a text that is edited together; null for one that is saved as a whole. */
      readonly live: LiveState | null
      readonly language: string
    }
  /** Shown, not edited. */
  | { readonly kind: ViewedKind | 'binary' | 'too-large'; readonly sizeBytes: number; readonly version: number }
  | { readonly kind: 'failed'; readonly detail: string }

export type DocumentsState = {
  /** Paths, in the order of the tabs. */
  readonly tabs: readonly string[]
  readonly active: string | null
  readonly open: Readonly<Record<string, DocumentState>>
  /** Whether drafts can be kept in this browser. */
  readonly keepsDrafts: boolean
}

export type DocumentsStore = StoreApi<DocumentsState>

export function createDocumentsStore(boot: PageBoot): DocumentsStore {
  const { file } = boot
  return createStore<DocumentsState>(() => {
    if (file === null) return { tabs: [], active: null, open: {}, keepsDrafts: true }
    const state: DocumentState = file.hasText
      ? {
          kind: 'text',
          version: file.version,
          save: savedState,
          live: null,
          language: editorLanguageOf(file.path, boot.languages),
        }
      : { kind: 'asleep' }
    return { tabs: [file.path], active: file.path, open: { [file.path]: state }, keepsDrafts: true }
  })
}

/** Whether something was typed that the server does not have. */
export const isDirty = (state: DocumentState | undefined): boolean =>
  state?.kind === 'text' && (state.live === null ? isUnsaved(state.save) : isPending(state.live) && state.live.kind !== 'saving')

/** Changes one open file; nothing when it was closed meanwhile. */
export function update(store: DocumentsStore, path: string, change: (state: DocumentState) => DocumentState): void {
  store.setState(({ open }) => {
    const state = open[path]
    return state === undefined ? { open } : { open: { ...open, [path]: change(state) } }
  })
}

/** Tabs and open files after something was renamed or moved. */
export function renamePaths(
  store: DocumentsStore,
  surface: TextSurface,
  from: string,
  to: string,
  languages: readonly Language[],
): void {
  const { tabs: before } = store.getState()
  store.setState(({ tabs, active, open }) => ({
    tabs: tabs.map((path) => afterMove(path, from, to)),
    active: active === null ? null : afterMove(active, from, to),
    open: Object.fromEntries(
      Object.entries(open).map(([path, state]) => {
        const moved = afterMove(path, from, to)
        return [moved, state.kind === 'text' ? { ...state, language: editorLanguageOf(moved, languages) } : state]
      }),
    ),
  }))
  // Afterwards: it asks the store which language the new name stands for.
  for (const path of before) if (isWithin(path, from)) surface.rename(path, afterMove(path, from, to))
}

/** The tab to show when `path` is closed: its right neighbour, else its left one. */
export function neighbourOf(tabs: readonly string[], path: string): string | null {
  const at = tabs.indexOf(path)
  return tabs[at + 1] ?? tabs[at - 1] ?? null
}

export type OpenOptions = { readonly place?: Place; readonly focus?: boolean }
