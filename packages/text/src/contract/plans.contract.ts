/** Carries a plan out with an engine, and checks what must hold whatever happens. */
import assert from 'node:assert/strict'
import type { TextEngine } from '../engine.ts'
import { type Keep, Page, type PageMaker } from './page.contract.ts'
import type { Plan, Step } from './plan.ts'
import { SimulatedRoom } from './simulated-room.ts'

export type Tried = {
  readonly name: string
  readonly engine: TextEngine
  readonly page: PageMaker
  readonly keep: Keep
  readonly forgets?: boolean
}

/** One unit that appears nowhere else, so nobody can type inside it and it can be counted. */
const pieceOf = (number: number): string => String.fromCharCode(0x4e00 + number)

export function carryOut({ engine, page, keep, forgets = false }: Tried, plan: Plan): void {
  const room = new SimulatedRoom(engine, plan.text)
  const undoers = new Set<number>()
  const pages = Array.from({ length: plan.pages }, (_, who) => new Page({ who, make: page, keep, room, forgets, undoers }))
  let pieces = 0
  const rewritten: string[] = []
  for (const step of plan.steps) carryOutStep(step)
  settle()
  check()

  function carryOutStep(step: Step): void {
    const own = 'who' in step ? (pages[step.who] ?? assert.fail()) : null
    if (step.do === 'edit') {
      pieces += 1
      own?.edit(step, pieceOf(pieces))
    } else if (step.do === 'undo' || step.do === 'redo') for (let left = step.times; left > 0; left -= 1) own?.undo(step.do)
    else if (step.do === 'close step') own?.replica.closeUndoStep()
    else if (step.do === 'read') for (let left = step.messages; left > 0; left -= 1) own?.read()
    else if (step.do === 'gather') for (let left = step.messages; left > 0; left -= 1) own?.gather()
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
