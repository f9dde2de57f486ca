/**
 * Carets and selections of the others in the model that is on show. Monaco moves decorations with the text by itself, so a caret is
 * placed anew only when its person says so: all that changed, once per frame.
 */
import type { editor, IDisposable } from 'monaco-editor/editor'
import { Range } from 'monaco-editor/editor'
import type { Other } from '../../documents/others.ts'
import { caretClass, forgetCarets, nameCaret } from '../caret-names.ts'
import type { SharedText } from '../surface.ts'

/** A name is shown for so long after its caret moved; later, when the pointer is over it. */
const nameShownMs = 2_000
/** With more people their names would cover the text: then they are shown under the pointer only. */
const mostNames = 12
const mostCarets = 200

type Shown = { ids: string[]; head: number; namedUntilMs: number; isNamed: boolean }

export type OtherCaretsOptions = {
  readonly model: editor.ITextModel
  readonly shared: SharedText
  /** The change that is told just now was made by somebody else. */
  readonly isOthers: () => boolean
}

export function showOtherCarets({ model, shared: { replica, others }, isOthers }: OtherCaretsOptions): IDisposable {
  const carets = new Map<number, Shown>()
  const dirty = new Set<number>(others.all.keys())
  let frame: number | undefined
  let naming: ReturnType<typeof setTimeout> | undefined

  const place = (other: Other | undefined, known: Shown | undefined, nowMs: number): Shown | null => {
    if (other === undefined || other.caret === null) return null
    const [anchor, head] = [replica.offsetOf(other.caret.anchor), replica.offsetOf(other.caret.head)]
    if (anchor === null || head === null) return null
    const moved = known === undefined || known.head !== head
    const namedUntilMs = moved ? nowMs + nameShownMs : known.namedUntilMs
    return { ids: [], head, namedUntilMs, isNamed: namedUntilMs > nowMs && others.all.size <= mostNames }
  }
  const decorationsOf = (other: Other, now: Shown): editor.IModelDeltaDecoration[] => {
    const who = caretClass(other.client)
    const anchor = replica.offsetOf(other.caret?.anchor) ?? now.head
    const at = model.getPositionAt(now.head)
    const caret = {
      range: Range.fromPositions(at),
      options: {
        description: 'other caret',
        // It goes along with what its person types, before they say where they are.
        stickiness: 0 satisfies editor.TrackedRangeStickiness.AlwaysGrowsWhenTypingAtEdges,
        afterContentClassName: `other-caret ${who}${now.isNamed ? ' named' : ''}${at.lineNumber === 1 ? ' first-line' : ''}`,
        overviewRuler: { color: other.color, position: 2 satisfies editor.OverviewRulerLane.Center },
        zIndex: 10,
      },
    }
    if (anchor === now.head) return [caret]
    const [from, to] = [model.getPositionAt(Math.min(anchor, now.head)), model.getPositionAt(Math.max(anchor, now.head))]
    const options = { description: 'other selection', stickiness: 1 as const, className: `other-selection ${who}` }
    return [{ range: Range.fromPositions(from, to), options }, caret]
  }
  const draw = (): void => {
    frame = undefined
    const nowMs = performance.now()
    const [old, decorations]: [string[], editor.IModelDeltaDecoration[]] = [[], []]
    const placed: { readonly caret: Shown; readonly first: number }[] = []
    for (const client of dirty) {
      const other = others.all.get(client)
      const known = carets.get(client)
      old.push(...(known?.ids ?? []))
      const caret = known === undefined && carets.size >= mostCarets ? null : place(other, known, nowMs)
      if (caret === null || other === undefined) {
        carets.delete(client)
        continue
      }
      nameCaret(other)
      carets.set(client, caret)
      placed.push({ caret, first: decorations.length })
      decorations.push(...decorationsOf(other, caret))
    }
    const ids = model.deltaDecorations(old, decorations)
    for (const [at, { caret, first }] of placed.entries()) caret.ids = ids.slice(first, placed[at + 1]?.first)
    dirty.clear()
    hideNamesLater(nowMs)
  }
  const hideNamesLater = (nowMs: number): void => {
    clearTimeout(naming)
    const named = [...carets].filter(([, { isNamed }]) => isNamed)
    if (named.length === 0) return
    const nextMs = Math.min(...named.map(([, { namedUntilMs }]) => namedUntilMs))
    naming = setTimeout(() => redraw(named.map(([client]) => client)), Math.max(50, nextMs - nowMs))
  }
  const redraw = (clients: Iterable<number>): void => {
    for (const client of clients) dirty.add(client)
    if (dirty.size > 0) frame ??= requestAnimationFrame(draw)
  }
  /** What I type right at somebody's caret takes it along, as if they had typed it: it is put back. */
  const afterTyping = (event: editor.IModelContentChangedEvent): void => {
    if (carets.size === 0 || isOthers()) return
    const lines = new Set(event.changes.map(({ range }) => range.startLineNumber))
    redraw(
      [...carets]
        .filter(([, { ids }]) => lines.has(model.getDecorationRange(ids.at(-1) ?? '')?.startLineNumber ?? 0))
        .map(([client]) => client),
    )
  }

  redraw([])
  if (dirty.size > 0) frame = requestAnimationFrame(draw)
  const stop = others.onChange(redraw)
  const typing = model.onDidChangeContent(afterTyping)
  return {
    dispose() {
      stop()
      typing.dispose()
      clearTimeout(naming)
      if (frame !== undefined) cancelAnimationFrame(frame)
      model.deltaDecorations(
        [...carets.values()].flatMap(({ ids }) => ids),
        [],
      )
      forgetCarets(carets.keys())
    },
  }
}
