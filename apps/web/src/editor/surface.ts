/**
 * The place where text is edited. A page starts with a plain textarea that the server has filled; Monaco takes over when it is
 * there. Both are behind this port, so nothing else knows which one is in use. Lines end with LF everywhere.
 */
import { createStore } from 'zustand/vanilla'

export type Cursor = { readonly line: number; readonly column: number; readonly selected: number }
export type Place = { readonly line: number; readonly column: number }

export type TextSurface = {
  readonly kind: 'plain' | 'monaco'
  /** Makes a text known; it is shown by `show`. */
  load(path: string, text: string): void
  unload(path: string): void
  rename(from: string, to: string): void
  text(path: string): string
  /** Puts another text in its place as one step that can be undone; does not count as an edit. */
  replace(path: string, text: string): void
  show(path: string | null): void
  reveal(place: Place): void
  focus(): void
  hasFocus(): boolean
  /** Gives all texts to the next surface and ends. */
  handOver(): readonly Handover[]
}

/** One text on its way from one surface to another. */
export type Handover = {
  readonly path: string
  readonly text: string
  readonly selection: { readonly start: number; readonly end: number; readonly backward: boolean }
  readonly scrollTop: number
  readonly shown: boolean
  readonly focused: boolean
}

export type SurfaceEvents = {
  edited(path: string): void
  cursor(cursor: Cursor): void
}

/** Where the caret stands; apart from the documents, because it changes with every key. */
export const createCursorStore = () => createStore<{ readonly cursor: Cursor | null }>(() => ({ cursor: null }))

export const toLf = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)
