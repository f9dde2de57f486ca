/** A page in a plan: an editor, a replica, and what must be true of them at every moment. */
import assert from 'node:assert/strict'
import type { Replica, TextChange } from '../replica.ts'
import type { Step } from './plan.ts'
import type { Connection, SimulatedRoom } from './simulated-room.ts'

/** `kept`: what a page had kept in the browser (`keep` of an earlier one), null: nothing. */
export type PageMaker = (name: string, number: number, kept: unknown) => Replica
export type Keep = (replica: Replica) => unknown

/** Each page puts its own mark around what it types, so that others' text can be told from its own. */
const mark = (who: number): string => String.fromCharCode(0xc0 + who)

export type PageParts = {
  readonly who: number
  readonly make: PageMaker
  readonly keep: Keep
  readonly room: SimulatedRoom
  readonly forgets: boolean
  /** Pages that have taken something back, of all pages in the plan. */
  readonly undoers: Set<number>
}

export class Page {
  readonly who: number
  replica: Replica
  /** The text as an editor has it, which hears of changes alone. */
  editor = ''
  /** What was typed here, and has to be there in the end. */
  readonly certain: string[] = []
  readonly uncertain: string[] = []
  readonly #parts: PageParts
  #number = 0
  #connection: Connection | null = null
  #unsaved: string[] = []
  /** What was put in here and not taken back. */
  #undoable: string[] = []
  /** Units that were taken out here: nothing else may come with an undo. */
  #removedHere = new Set<string>()
  readonly #inserted: string[] = []

  constructor(parts: PageParts) {
    this.who = parts.who
    this.#parts = parts
    this.replica = this.#open(null)
    this.connect()
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true
  }

  get isBusy(): boolean {
    const { toServer = [], toPage = [], gathered = [] } = this.#connection ?? {}
    return toServer.length + toPage.length + gathered.length > 0
  }

  edit({ share, remove, units, more }: Extract<Step, { do: 'edit' }>, piece: string): void {
    const insert = units === null ? '' : `${mark(this.who)}${piece}${units}${mark(this.who)}`
    const at = Math.floor(share * (this.editor.length + 1))
    const removed = Math.min(remove, this.editor.length - at)
    const changes: TextChange[] = [{ at, remove: removed, insert }]
    const place = at + removed + 3
    if (more && place <= this.editor.length) changes.push({ at: place, remove: 0, insert: mark(this.who) })
    // A character that is cut goes as a whole.
    for (const change of changes) this.#noteRemoved(this.editor.slice(Math.max(0, change.at - 1), change.at + change.remove + 1))
    this.editor = changed(this.editor, changes)
    this.replica.edit(changes)
    if (units !== null) this.#unsaved.push(piece)
    this.#undoable.push(piece)
    this.#check()
  }

  undo(kind: 'undo' | 'redo'): void {
    const before = this.#marksOfOthers()
    const [removedHere, inserted] = [new Set(this.#removedHere), this.#inserted]
    inserted.length = 0
    this.replica[kind]()
    for (const unit of inserted.join(''))
      assert.ok(removedHere.has(unit), `${kind} put in ${JSON.stringify(unit)}, which was never taken out`)
    // To do it again may well take out what the edit took out.
    const after = kind === 'undo' ? this.#marksOfOthers() : before
    for (const [index, count] of before.entries()) assert.ok((after[index] ?? 0) >= count, `${kind} took out text of another`)
    const { undoers } = this.#parts
    undoers.add(this.who)
    const piece = this.#undoable.pop()
    if (kind === 'redo') this.#undoable = []
    // Another one who takes back a deletion brings the piece again, as its own.
    else if (piece !== undefined && undoers.size === 1) assert.ok(!this.editor.includes(piece), 'what was put in is taken back')
    this.#check()
  }

  read(): void {
    if (this.#connection !== null) this.#parts.room.read(this.#connection)
  }

  gather(): void {
    if (this.#connection !== null) this.#parts.room.gather(this.#connection)
    this.#check()
  }

  deliver(): void {
    if (this.#connection === null) return
    if (this.#parts.room.deliver(this.#connection) === 'again') {
      assert.ok(this.#parts.forgets, 'what a page sends can be placed')
      this.connect()
    }
    this.#check()
  }

  cut(): void {
    if (this.#connection !== null) this.#parts.room.cut(this.#connection)
  }

  connect(): void {
    this.cut()
    this.#connection = this.#parts.room.connect(this.replica)
  }

  /** The page is loaded again, with or without what was kept in the browser. */
  reload(): void {
    this.cut()
    const kept = this.who % 2 === 0 ? this.#parts.keep(this.replica) : null
    if (kept === null) {
      this.uncertain.push(...this.#unsaved)
      this.#unsaved = []
    }
    this.replica.destroy()
    this.#undoable = []
    this.#removedHere.clear()
    this.replica = this.#open(kept)
    this.connect()
  }

  #open(kept: unknown): Replica {
    this.#number += 1
    const replica = this.#parts.make(`page ${this.who} ${this.#number}`, 1000 * (this.who + 1) + this.#number, kept)
    this.editor = replica.text
    replica.onChange((changes, cause) => {
      if (cause === 'undo')
        for (const { at, remove, insert } of changes) {
          this.#noteRemoved(this.editor.slice(at, at + remove))
          this.#inserted.push(insert)
        }
      this.editor = changed(this.editor, changes)
    })
    replica.onState(() => this.#noteSaved())
    return replica
  }

  #noteSaved(): void {
    if (!this.replica.isSaved) return
    this.certain.push(...this.#unsaved)
    this.#unsaved = []
  }

  #noteRemoved(text: string): void {
    for (const unit of `${text}\ufffd`) this.#removedHere.add(unit)
  }

  #marksOfOthers(): readonly number[] {
    return Array.from({ length: 8 }, (_, who) => (who === this.who ? 0 : this.editor.split(mark(who)).length))
  }

  #check(): void {
    assert.equal(this.replica.text, this.editor, `page ${this.who} shows what it holds`)
  }
}

/** The text of an editor that is told of these changes. */
export function changed(text: string, changes: readonly TextChange[]): string {
  let [result, at] = ['', 0]
  for (const { at: place, remove, insert } of changes) {
    assert.ok(place >= at && place + remove <= text.length, 'changes are apart, in order, and inside the text')
    result += text.slice(at, place) + insert
    at = place + remove
  }
  return result + text.slice(at)
}
