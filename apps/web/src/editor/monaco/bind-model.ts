/**
 * Binds a Monaco model to a Replica: what is typed goes there in one edit, what others do comes from there in one batch, and undo
 * takes back only what was typed here.
 *
 * Offsets mean the same on both sides because lines end with LF alone and characters are whole; where Monaco has it otherwise for a
 * moment (a model whose line ends were switched, a pasted half of a pair), both sides are compared as a whole.
 */
import type { Replica, TextChange } from '@atelier/text/replica'
import { editor, type IDisposable, Range, Selection } from 'monaco-editor/editor'
import { changesBetween } from '../../documents/changes.ts'
import { meet } from '../../documents/meet.ts'
import { offsetAfter, simultaneous } from './simultaneous.ts'

/** After so much rest both texts are compared. They never differ; if they do, the shared one is right. */
const compareAfterMs = 2_000
const comparedUnits = 2_000_000

export type ModelBindingOptions = {
  readonly model: editor.ITextModel
  readonly replica: Replica
  /** The text that the model's was made from. */
  readonly base: string
  /** The editor, while it shows this model. */
  readonly shownIn: () => editor.IStandaloneCodeEditor | null
}

export type ModelBinding = IDisposable & {
  /** The model is being given what others did, at this moment. */
  isApplying(): boolean
}

export function bindModel({ model, replica, base, shownIn }: ModelBindingOptions): ModelBinding {
  let isApplying = false
  let comparing: ReturnType<typeof setTimeout> | undefined

  const apart = (work: () => void): void => {
    const before = isApplying
    isApplying = true
    try {
      work()
    } finally {
      isApplying = before
    }
  }
  const keepLf = (): boolean => {
    if (model.getEOL() === '\n') return false
    apart(() => model.setEOL(editor.EndOfLineSequence.LF))
    return true
  }
  const rangeOf = ({ at, remove }: TextChange): Range =>
    Range.fromPositions(model.getPositionAt(at), model.getPositionAt(at + remove))
  const apply = (changes: readonly TextChange[], cause: 'others' | 'undo'): void => {
    const shown = shownIn()
    const settle = shown === null ? null : cause === 'undo' ? goTo(shown, model, changes) : stayPut(shown, model, changes)
    apart(() => model.applyEdits(changes.map((change) => ({ range: rangeOf(change), text: change.insert }))))
    settle?.()
  }
  /** The model is the truth about what was typed. */
  const takeWhole = (): void => {
    const text = model.getValue()
    const whole = text.toWellFormed()
    if (whole !== text) apply(changesBetween(text, whole), 'others')
    const changes = changesBetween(replica.text, whole)
    if (changes.length > 0) replica.edit(changes)
  }
  const onContent = (event: editor.IModelContentChangedEvent): void => {
    compareLater()
    if (isApplying) return
    if (keepLf() || event.isFlush || event.changes.some(({ text }) => !text.isWellFormed())) {
      takeWhole()
      return
    }
    const changes = simultaneous(event.changes)
    if (changes !== null) replica.edit(changes)
    else
      for (const { rangeOffset, rangeLength, text } of event.changes)
        replica.edit([{ at: rangeOffset, remove: rangeLength, insert: text }])
  }
  const compareLater = (): void => {
    clearTimeout(comparing)
    comparing = setTimeout(compare, compareAfterMs)
  }
  const compare = (): void => {
    if (model.getValueLength() === replica.length && replica.length > comparedUnits) return
    const [mine, shared] = [model.getValue(), replica.text]
    if (mine === shared) return
    console.error(`the editor had another text (${mine.length}) than the document (${shared.length}); it has the document’s now`)
    apply(changesBetween(mine, shared), 'others')
  }

  keepLf()
  const met = meet(base, model.getValue().toWellFormed(), replica.text)
  if (met.theirs.length > 0) apply(met.theirs, 'others')
  if (met.mine.length > 0) replica.edit(met.mine)

  // Every way to undo in Monaco (keys, menus, commands, the browser's own) ends in these methods of the model, and every step that
  // Monaco would take back at once ends with pushStackElement.
  const pushStackElement = model.pushStackElement.bind(model)
  const own = {
    undo: () => void replica.undo(),
    redo: () => void replica.redo(),
    canUndo: () => true,
    canRedo: () => true,
    pushStackElement: () => {
      pushStackElement()
      replica.closeUndoStep()
    },
  }
  Object.assign(model, own)
  const listener = model.onDidChangeContent(onContent)
  const stop = replica.onChange(apply)
  return {
    isApplying: () => isApplying,
    dispose() {
      clearTimeout(comparing)
      stop()
      listener.dispose()
      for (const name of Object.keys(own)) Reflect.deleteProperty(model, name)
    },
  }
}

/** Carets stay with the text before them, and the first line on the screen stays where it is. Answers what to do afterwards. */
function stayPut(
  shown: editor.IStandaloneCodeEditor,
  model: editor.ITextModel,
  changes: readonly TextChange[],
): (() => void) | null {
  const selections = shown.getSelections() ?? []
  const edges = selections.map((selection) => ({
    anchor: model.getOffsetAt(selection.getSelectionStart()),
    head: model.getOffsetAt(selection.getPosition()),
  }))
  const touched = edges.some(({ anchor, head }) =>
    changes.some(({ at, insert }) => insert !== '' && (at === anchor || at === head)),
  )
  const first = shown.getVisibleRanges()[0]
  const firstOffset = first === undefined ? 0 : model.getOffsetAt({ lineNumber: first.startLineNumber, column: 1 })
  const above = first !== undefined && (changes[0]?.at ?? 0) < firstOffset && shown.getScrollTop() > 0
  if (!touched && !above) return null
  const distance = first === undefined ? 0 : shown.getScrollTop() - shown.getTopForLineNumber(first.startLineNumber)
  return () => {
    if (touched)
      shown.setSelections(
        edges.map(({ anchor, head }) => selectionAt(model, offsetAfter(anchor, changes), offsetAfter(head, changes))),
      )
    if (above)
      shown.setScrollTop(shown.getTopForLineNumber(model.getPositionAt(offsetAfter(firstOffset, changes)).lineNumber) + distance)
  }
}

/** Undo shows what it has done: the caret goes to the end of it; several carets go back to where they were. */
function goTo(
  shown: editor.IStandaloneCodeEditor,
  model: editor.ITextModel,
  changes: readonly TextChange[],
): (() => void) | null {
  const several = (shown.getSelections()?.length ?? 1) === changes.length
  let shift = 0
  const ends = changes.map(({ at, remove, insert }) => {
    const end = at + shift + insert.length
    shift += insert.length - remove
    return end
  })
  const last = ends.at(-1)
  if (last === undefined) return null
  return () => {
    shown.setSelections((several ? ends : [last]).map((end) => selectionAt(model, end, end)))
    shown.revealPositionInCenterIfOutsideViewport(model.getPositionAt(several ? (ends[0] ?? last) : last))
  }
}

function selectionAt(model: editor.ITextModel, anchor: number, head: number): Selection {
  const [from, to] = [model.getPositionAt(anchor), model.getPositionAt(head)]
  return new Selection(from.lineNumber, from.column, to.lineNumber, to.column)
}
