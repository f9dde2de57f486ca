/**
 * A shared text as a page holds it: what is typed here appears at once, what others type arrives as changes, and it knows
 * whether the server has stored everything. An editor is bound to a Replica and knows nothing of the engine behind it.
 */
import type { EngineName } from './engine.ts'

/** At `at`, `remove` UTF-16 units go and `insert` comes. */
export type TextChange = { readonly at: number; readonly remove: number; readonly insert: string }

/** A place that moves with the text around it; JSON, so that it can travel in a presence state. */
export type Anchor = unknown

/** Sends the body of a join (`kind` 0) or change (`kind` 2) message to the room. */
export type Send = (kind: 0 | 2, body: Uint8Array) => void

export interface Replica {
  readonly engine: EngineName
  /** The text now. Costly for long texts: not for every key. */
  readonly text: string
  readonly length: number

  /**
   * An edit that was made in the editor: changes of one text, apart from each other, first to last, all counted in the text
   * before the edit. Line ends are "\n" alone.
   */
  edit(changes: readonly TextChange[]): void
  /** Changes that did not come from `edit` (others', undo, redo), in the same form. Returns the function that stops it. */
  onChange(listener: (changes: readonly TextChange[], cause: 'others' | 'undo') => void): () => void

  /** Takes back the latest edit that was made *here*, whatever others did since. False: there is none. */
  undo(): boolean
  redo(): boolean
  /** The next edit begins a step of its own for undo. */
  closeUndoStep(): void

  /** `side`: which neighbour it stays with when text is put in right there. */
  anchorAt(offset: number, side: 'left' | 'right'): Anchor
  /** Null when the anchor is none (it may come from anybody) or belongs to a text that is not here yet. */
  offsetOf(anchor: Anchor): number | null

  /** The channel is open: asks for what is missing, and sends again what the server may not have. */
  connect(send: Send): void
  /** Body of a sync message: `kind` 0 the server asks, 1 an answer to our join (the last one may be empty), 2 stored changes. @throws BadMessage */
  receive(kind: 0 | 1 | 2, body: Uint8Array): void
  /** Stored changes that came one after the other: what they do to the text is told as one change. @throws BadMessage */
  receiveTogether(bodies: readonly Uint8Array[]): void
  /** The server has stored our first `count` change messages of this connection. */
  acknowledge(count: number): void
  disconnect(): void

  /** Has had an answer to its join since the text was made: before that it may be empty for want of the server's part. */
  readonly isSynced: boolean
  /** Everything that was edited here is stored by the server. */
  readonly isSaved: boolean
  /** `isSynced` or `isSaved` changed. */
  onState(listener: () => void): () => void
  destroy(): void
}
