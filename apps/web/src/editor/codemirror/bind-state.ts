/** Binds a CodeMirror state to a Replica: the same promises as monaco/bind-model.ts, with CodeMirror's transactions. */

import type { Replica, TextChange } from '@atelier/text/replica'
import { Annotation, type ChangeSet, type EditorState, type Extension, Prec, type TransactionSpec } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { meet } from '../../documents/meet.ts'

/** What others did, or a text that is put in its place: nothing that was typed here. */
export const fromOthers = Annotation.define<boolean>()
export const applied = { annotations: fromOthers.of(true) } as const

export type Target = { state(): EditorState; dispatch(spec: TransactionSpec): void; isShown(): boolean }

type Binding = {
  readonly extension: Extension
  /** Both become the same text, and stay it until the function that it answers is called. */
  begin(): () => void
}

/** `base`: the text that the state's was made from. */
export function bindState(replica: Replica, base: string, target: Target): Binding {
  const apply = (changes: readonly TextChange[], cause: 'others' | 'undo'): void => {
    const last = changes.at(-1)
    const shift = changes.slice(0, -1).reduce((sum, { remove, insert }) => sum + insert.length - remove, 0)
    const caret = last === undefined ? 0 : last.at + shift + last.insert.length
    target.dispatch({
      ...applied,
      changes: changes.map(({ at, remove, insert }) => ({ from: at, to: at + remove, insert })),
      ...(cause === 'undo' ? { selection: { anchor: caret }, scrollIntoView: true } : {}),
    })
  }
  const undo = (): boolean => {
    replica.undo()
    return true
  }
  const redo = (): boolean => {
    replica.redo()
    return true
  }
  let isBound = false
  const extension = Prec.high([
    keymap.of([
      { key: 'Mod-z', run: undo, preventDefault: true },
      { key: 'Mod-y', mac: 'Mod-Shift-z', run: redo, preventDefault: true },
      { linux: 'Ctrl-Shift-z', run: redo, preventDefault: true },
    ]),
    // The menu of a phone asks in this way.
    EditorView.domEventHandlers({
      beforeinput: ({ inputType }) => (inputType === 'historyUndo' ? undo() : inputType === 'historyRedo' ? redo() : false),
    }),
    EditorView.updateListener.of((update) => {
      if (!isBound) return
      for (const transaction of update.transactions) {
        if (transaction.docChanged && transaction.annotation(fromOthers) !== true) replica.edit(changesOf(transaction.changes))
        // What is typed after the caret was moved, by finger or by key, is undone by itself.
        else if (transaction.isUserEvent('select')) replica.closeUndoStep()
      }
    }),
  ])
  return {
    extension,
    begin() {
      const mine = target.state().doc.toString()
      const met = meet(base, mine, replica.text)
      if (met.theirs.length > 0) apply(met.theirs, 'others')
      if (met.mine.length > 0) replica.edit(met.mine)
      const stop = replica.onChange(apply)
      isBound = true
      return () => {
        isBound = false
        stop()
      }
    },
  }
}

/** Counted in the text before, first to last, as a Replica wants them. */
export function changesOf(changes: ChangeSet): readonly TextChange[] {
  const result: TextChange[] = []
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    result.push({ at: from, remove: to - from, insert: inserted.toString() })
  })
  return result
}
