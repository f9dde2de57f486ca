/** Carets and selections of the others in the text on show; CodeMirror moves them with the text until their person moves them. */
import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'
import type { Other } from '../../documents/others.ts'
import { caretClass, forgetCarets, nameCaret } from '../caret-names.ts'
import type { SharedText } from '../surface.ts'

const mostCarets = 200
const nameShownMs = 2_000

const setCarets = StateEffect.define<DecorationSet>()

export const caretField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(carets, transaction) {
    const moved = transaction.docChanged ? carets.map(transaction.changes) : carets
    return transaction.effects.reduce((now, effect) => (effect.is(setCarets) ? effect.value : now), moved)
  },
  provide: (field) => EditorView.decorations.from(field),
})

class Caret extends WidgetType {
  readonly #client: number
  readonly #isNamed: boolean

  constructor(client: number, isNamed: boolean) {
    super()
    this.#client = client
    this.#isNamed = isNamed
  }

  override eq(other: Caret): boolean {
    return other.#client === this.#client && other.#isNamed === this.#isNamed
  }

  toDOM(): HTMLElement {
    const caret = document.createElement('span')
    caret.className = `other-caret ${caretClass(this.#client)}${this.#isNamed ? ' named' : ''}`
    caret.ariaHidden = 'true'
    return caret
  }

  override ignoreEvent(): boolean {
    return true
  }
}

/** Draws them once per frame; answers the function that takes them away. */
export function watchCarets(view: EditorView, { replica, others }: SharedText): () => void {
  const movedAtMs = new Map<number, { readonly head: number; readonly atMs: number }>()
  let frame: number | undefined
  let naming: ReturnType<typeof setTimeout> | undefined

  const draw = (): void => {
    frame = undefined
    const nowMs = performance.now()
    const length = view.state.doc.length
    const marks: { from: number; to: number; mark: Decoration }[] = []
    for (const other of [...others.all.values()].slice(0, mostCarets)) {
      const place = placeOf(other)
      if (place === null || place.head > length || place.anchor > length) continue
      const { anchor, head } = place
      nameCaret(other)
      if (movedAtMs.get(other.client)?.head !== head) movedAtMs.set(other.client, { head, atMs: nowMs })
      const isNamed = nowMs - (movedAtMs.get(other.client)?.atMs ?? 0) < nameShownMs
      const who = caretClass(other.client)
      if (anchor !== head)
        marks.push({
          from: Math.min(anchor, head),
          to: Math.max(anchor, head),
          mark: Decoration.mark({ class: `other-selection ${who}` }),
        })
      marks.push({ from: head, to: head, mark: Decoration.widget({ widget: new Caret(other.client, isNamed), side: 1 }) })
    }
    marks.sort((a, b) => a.from - b.from || a.mark.startSide - b.mark.startSide)
    const builder = new RangeSetBuilder<Decoration>()
    for (const { from, to, mark } of marks) builder.add(from, to, mark)
    view.dispatch({ effects: setCarets.of(builder.finish()) })
    clearTimeout(naming)
    if (marks.length > 0) naming = setTimeout(redraw, nameShownMs)
  }
  const placeOf = ({ caret }: Other): { anchor: number; head: number } | null => {
    if (caret === null) return null
    const [anchor, head] = [replica.offsetOf(caret.anchor), replica.offsetOf(caret.head)]
    return anchor === null || head === null ? null : { anchor, head }
  }
  const redraw = (): void => {
    frame ??= requestAnimationFrame(draw)
  }
  redraw()
  const stop = others.onChange(redraw)
  return () => {
    stop()
    clearTimeout(naming)
    if (frame !== undefined) cancelAnimationFrame(frame)
    forgetCarets(movedAtMs.keys())
    view.dispatch({ effects: setCarets.of(Decoration.none) })
  }
}
