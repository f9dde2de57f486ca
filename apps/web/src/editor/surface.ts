/**
 * The place where text is edited. A page starts with a plain textarea that the server has filled; Monaco takes over when it is
 * there, or CodeMirror where fingers type. All are behind this port, so nothing else knows which one is in use. Lines end with LF
 * everywhere.
 *
 * A text is the surface's own until it is shared: from then on it is the Replica's, and the surface shows it.
 */
import type { Replica } from '@atelier/text/replica'
import { createStore } from 'zustand/vanilla'
import type { Others } from '../documents/others.ts'

export type Cursor = { readonly line: number; readonly column: number; readonly selected: number }
type Position = { readonly line: number; readonly column: number }
/** `end`: what lies between is selected. */
export type Place = Position & { readonly end?: Position }

/** A text that is edited together, as a surface is bound to it. */
export type SharedText = {
  readonly replica: Replica
  readonly others: Others
  /** My caret has moved; `where` is asked later, in offsets. Null: the text is not on show. Cheap: called for every key. */
  here(where: (() => { readonly anchor: number; readonly head: number }) | null): void
}

export type TextSurface = {
  readonly kind: 'plain' | 'monaco' | 'codemirror'
  /** Makes a text known; it is shown by `show`. */
  load(path: string, text: string): void
  unload(path: string): void
  rename(from: string, to: string): void
  text(path: string): string
  /** Puts another text in its place as one step that can be undone; does not count as an edit. */
  replace(path: string, text: string): void
  /**
   * From now on the text is the replica's. `base`: the text that the one on the screen was made from; what was typed since is put
   * into the replica.
   */
  share(path: string, shared: SharedText, base: string): void
  /** The text stays as it is, and belongs to the surface again. */
  unshare(path: string): void
  /** Nothing can be typed, for this reason; null: it can. */
  setReadOnly(path: string, reason: string | null): void
  show(path: string | null): void
  reveal(place: Place): void
  /** Lets people search in the shown text. */
  find(): void
  /** Scrolls to a place of the shown text and leaves the caret where it is. */
  lookAt(offset: number): void
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
