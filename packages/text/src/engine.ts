/**
 * The TextEngine port: a text that several people change at once, as a server holds it. Two drivers pass its contract:
 * crdt/ (Yjs) and ot/ (operations put into one order). No input and output here, and no clock: whoever uses an engine stores
 * records, and tells nobody of a change before its record is stored.
 *
 *     message of a member ─► take ─► Change …─► merge ─► ChangeRecord ─► stored ─► the same bytes go to every member
 *
 * `Replica` (replica.ts) is the other end, in the page.
 */
export type EngineName = 'crdt' | 'ot'

/** Changes that were stored together: what is kept, and what members are sent, byte for byte. */
export type ChangeRecord = Uint8Array

/** All that is kept of a text: a snapshot, and the records after it in their order. */
export type Stored = { readonly snapshot: Uint8Array; readonly records: readonly ChangeRecord[] }

/** A member's message that is none, does not fit, or breaks a limit. Nothing was changed. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage'
}

/** What is stored cannot be read. It is never taken for an empty text. */
export class DamagedText extends Error {
  override readonly name = 'DamagedText'
}

/**
 * The change cannot be placed: its author is too far behind, or has what never arrived here. Joining anew cures both. Nothing was
 * changed.
 */
export class TooFarBehind extends Error {
  override readonly name = 'TooFarBehind'
}

/**
 * A change that was taken and is not yet stored; opaque to whoever carries it. `authors`: under which names its text is kept (Yjs
 * client ids), for "who typed what"; left out where the member's name is that.
 */
export type Change = { readonly bytes: Uint8Array; readonly authors?: readonly string[] }

/** Costly functions build the whole text and belong into a worker thread: `compact`, `textOf`, `rewrite`, `missing`. */
export interface TextEngine {
  readonly name: EngineName
  /** The first snapshot of a text that nobody has edited yet. */
  snapshotOf(text: string): Uint8Array
  /** @throws DamagedText */
  open(stored: Stored): LiveText
  /** The same in one snapshot, and its text. @throws DamagedText */
  compact(stored: Stored): { readonly snapshot: Uint8Array; readonly text: string }
  /** @throws DamagedText */
  textOf(stored: Stored): string
  /**
   * Body of a change message with the smallest change that makes it `text`: to be taken like a member's, so it may be made while
   * others type. Null when it is that already. `author`: of this rewriting alone. `base`: `text` was made from so many of the records
   * and knows nothing of later ones, which stay; without it, from all.
   */
  rewrite(stored: Stored, text: string, author: string, base?: number): Uint8Array | null
  /**
   * What a member that has sent `request` (body of a join message) lacks, at least one: bodies of sync messages, all but the last to be
   * sent as kind 2 (change), the last as kind 1 (answer). So who has seen the answer has everything. @throws BadMessage, DamagedText
   */
  missing(stored: Stored, request: Uint8Array): readonly Uint8Array[]
}

/** One open text on a server's hot path. It never builds the text. */
export interface LiveText {
  /**
   * Takes the body of a member's change message (or of its answer to `ask`); null when all of it is known already (a
   * repetition after a lost connection): it is stored when everything that was taken before it is.
   * `member` names the connection. `mayWriteAs`: asked for each author of something new; without it, nobody's name is anybody's.
   * @throws BadMessage, TooFarBehind
   */
  take(body: Uint8Array, member: string, mayWriteAs?: (author: string) => boolean): Change | null
  /** One record out of changes that were taken, in the order they were taken. Never quadratic. */
  merge(changes: readonly Change[]): ChangeRecord
  /** Body of a join message that asks a member for what it has and we do not (edits of a lost connection); null: nothing to ask. */
  ask(): Uint8Array | null
  /** As `missing`, when it can be answered from what is at hand; null: it needs a worker. `stored`: what is committed, no more. */
  join(stored: Stored, request: Uint8Array): readonly Uint8Array[] | null
}
