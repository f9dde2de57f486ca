/** Carries a plan out with an engine, and checks what must hold whatever happens. */
import assert from 'node:assert/strict'
import type { TextEngine } from '../engine.ts'
import type { Replica, TextChange } from '../replica.ts'
import type { Plan, Step } from './plan.ts'
import { type Connection, SimulatedRoom } from './simulated-room.ts'

/** `kept`: what a page had kept in the browser (`keep` of an earlier one), null: nothing. */
export type PageMaker = (name: string, number: number, kept: unknown) => Replica
export type Keep = (replica: Replica) => unknown

export type Tried = { readonly name: string; readonly engine: TextEngine; readonly page: PageMaker; readonly keep: Keep }

/** Each page puts its own mark around what it types, so that others' text can be told from its own. */
const mark = (who: number): string => String.fromCharCode(0xc0 + who)
/** One unit that appears nowhere else, so nobody can type inside it and it can be counted. */
const pieceOf = (number: number): string => String.fromCharCode(0x4e00 + number)

export function carryOut({ engine, page, keep }: Tried, plan: Plan): void {
  const room = new SimulatedRoom(engine, plan.text)
  const pages = Array.from({ length: plan.pages }, (_, who) => new Page(who, page, keep, room))
  let pieces = 0
  const rewritten: string[] = []
  for (const step of plan.steps) carryOutStep(step)
  settle()
  check()

  function carryOutStep(step: Step): void {
    const own = 'who' in step ? (pages[step.who] ?? assert.fail()) : null
    if (step.do === 'edit') {
      pieces += 1
      own?.edit(step, pieceOf(pieces), step.units)
    } else if (step.do === 'undo' || step.do === 'redo') own?.undo(step.do)
    else if (step.do === 'close step') own?.replica.closeUndoStep()
    else if (step.do === 'read') for (let left = step.messages; left > 0; left -= 1) own?.read()
    else if (step.do === 'deliver') for (let left = step.messages; left > 0; left -= 1) own?.deliver()
    else if (step.do === 'cut') own?.cut()
    else if (step.do === 'connect') own?.connect()
    else if (step.do === 'reload') own?.reload()
    else if (step.do === 'commit') room.commit()
    else if (step.do === 'compact') assert.equal(room.compact(), engine.textOf(room.stored))
    else if (step.do === 'restart') room.restart()
    else if (step.do === 'rewrite') rewrite(step)
  }

  function rewrite({ share, remove }: { readonly share: number; readonly remove: number }): void {
    pieces += 1
    const piece = pieceOf(pieces)
    rewritten.push(piece)
    room.rewrite((text) => {
      const at = Math.floor(share * text.length)
      return `${text.slice(0, at)}${piece}${text.slice(at + remove)}`.toWellFormed()
    })
    // Nobody repeats a rewriting for us when the server is started again.
    room.commit()
  }

  function settle(): void {
    for (let round = 0; ; round += 1) {
      assert.ok(round < 10_000, 'it never comes to rest')
      for (const each of pages) if (!each.isConnected) each.connect()
      let busy = false
      for (const each of pages) {
        busy = each.isBusy || busy
        each.read()
        each.deliver()
      }
      busy = !room.isIdle || busy
      room.commit()
      if (!busy) return
    }
  }

  function check(): void {
    const text = engine.textOf(room.stored)
    for (const each of pages) {
      assert.equal(each.replica.text, text, `page ${each.who} has what is stored`)
      assert.equal(each.replica.length, text.length)
      assert.equal(each.editor, text, `the editor of page ${each.who} has what is stored`)
      assert.ok(each.replica.isSynced && each.replica.isSaved, `page ${each.who} is synced and saved`)
    }
    assert.ok(text.isWellFormed(), 'no half characters')
    assert.equal(engine.compact(room.stored).text, text)
    const { snapshot } = engine.compact(room.stored)
    assert.equal(engine.textOf({ snapshot, records: [] }), text, 'compacted, it is the same')
    if (!plan.onlyInserts) return
    for (const piece of [...rewritten, ...pages.flatMap(({ certain }) => certain)])
      assert.equal(text.split(piece).length - 1, 1, `${JSON.stringify(piece)} is there once`)
    for (const piece of pages.flatMap(({ uncertain }) => uncertain))
      assert.ok(text.split(piece).length <= 2, `${JSON.stringify(piece)} is there once at most`)
  }
}

class Page {
  readonly who: number
  replica: Replica
  /** The text as an editor has it, which hears of changes alone. */
  editor = ''
  /** What was typed here, and has to be there in the end. */
  readonly certain: string[] = []
  readonly uncertain: string[] = []
  readonly #make: PageMaker
  readonly #keep: Keep
  readonly #room: SimulatedRoom
  #number = 0
  #connection: Connection | null = null
  #unsaved: string[] = []

  constructor(who: number, make: PageMaker, keep: Keep, room: SimulatedRoom) {
    this.who = who
    this.#make = make
    this.#keep = keep
    this.#room = room
    this.replica = this.#open(null)
    this.connect()
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true
  }

  get isBusy(): boolean {
    return (this.#connection?.toServer.length ?? 0) + (this.#connection?.toPage.length ?? 0) > 0
  }

  edit(
    { share, remove, more }: { readonly share: number; readonly remove: number; readonly more: boolean },
    piece: string,
    units: string,
  ): void {
    const insert = `${mark(this.who)}${piece}${units}${mark(this.who)}`
    const at = Math.floor(share * (this.editor.length + 1))
    const removed = Math.min(remove, this.editor.length - at)
    const changes: TextChange[] = [{ at, remove: removed, insert }]
    const place = at + removed + 3
    if (more && place <= this.editor.length) changes.push({ at: place, remove: 0, insert: mark(this.who) })
    this.editor = changed(this.editor, changes)
    this.replica.edit(changes)
    this.#unsaved.push(piece)
    this.#check()
  }

  undo(kind: 'undo' | 'redo'): void {
    const before = this.#marksOfOthers()
    this.replica[kind]()
    // To do it again may well take out what the edit took out.
    const after = kind === 'undo' ? this.#marksOfOthers() : before
    for (const [index, count] of before.entries()) assert.ok((after[index] ?? 0) >= count, `${kind} took out text of another`)
    this.#check()
  }

  read(): void {
    if (this.#connection !== null) this.#room.read(this.#connection)
  }

  deliver(): void {
    if (this.#connection === null) return
    if (this.#room.deliver(this.#connection) === 'again') this.connect()
    this.#check()
  }

  cut(): void {
    if (this.#connection !== null) this.#room.cut(this.#connection)
  }

  connect(): void {
    this.cut()
    this.#connection = this.#room.connect(this.replica)
  }

  /** The page is loaded again, with or without what was kept in the browser. */
  reload(): void {
    this.cut()
    const kept = this.who % 2 === 0 ? this.#keep(this.replica) : null
    if (kept === null) {
      this.uncertain.push(...this.#unsaved)
      this.#unsaved = []
    }
    this.replica.destroy()
    this.replica = this.#open(kept)
    this.connect()
  }

  #open(kept: unknown): Replica {
    this.#number += 1
    const replica = this.#make(`page ${this.who} ${this.#number}`, 1000 * (this.who + 1) + this.#number, kept)
    this.editor = replica.text
    replica.onChange((changes) => {
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

  #marksOfOthers(): readonly number[] {
    return Array.from({ length: 8 }, (_, who) => (who === this.who ? 0 : this.editor.split(mark(who)).length))
  }

  #check(): void {
    assert.equal(this.replica.text, this.editor, `page ${this.who} shows what it holds`)
  }
}

function changed(text: string, changes: readonly TextChange[]): string {
  let [result, at] = ['', 0]
  for (const { at: place, remove, insert } of changes) {
    assert.ok(place >= at && place + remove <= text.length, 'changes are apart, in order, and inside the text')
    result += text.slice(at, place) + insert
    at = place + remove
  }
  return result + text.slice(at)
}
