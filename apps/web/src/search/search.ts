/**
 * Searching the project, and replacing in it: what was asked, what was found, what became of it. It lives as long as the page, so that
 * hiding the panel loses nothing; the panel shows it, F4 steps through it.
 */
import { type Replaced, type ReplaceUndone, type SearchEvent, type SearchRequest, searchLimits } from '@atelier/protocol/search'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiProblem, messageOf } from '../connection/api.ts'
import { mayWrite } from '../projects/access.ts'
import type { Workbench } from '../workbench/workbench.ts'
import {
  countTicked,
  type FoundFile,
  globsOf,
  type LeftOut,
  nextMatch,
  type Row,
  type Spot,
  tickedFiles,
  toggleTick,
} from './results.ts'
import { createSearchRequests } from './search-requests.ts'

export type Query = {
  readonly pattern: string
  readonly replacement: string
  readonly regex: boolean
  readonly matchCase: boolean
  readonly wholeWord: boolean
  readonly preserveCase: boolean
  readonly include: string
  readonly exclude: string
  readonly useIgnoreFiles: boolean
}

type End = Extract<SearchEvent, { type: 'end' }>
export type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'searching'; readonly files: number; readonly of: number | null }
  | { readonly kind: 'done'; readonly end: End }
  | { readonly kind: 'stopped' }
  /** `field`: what is wrong is in the pattern. */
  | { readonly kind: 'failed'; readonly detail: string; readonly field: boolean }

export type Outcome =
  | { readonly kind: 'replacing' }
  | { readonly kind: 'undoing' }
  | { readonly kind: 'replaced'; readonly replaced: Replaced }
  | { readonly kind: 'undone'; readonly undone: ReplaceUndone }

export type SearchState = {
  readonly query: Query
  readonly showsReplace: boolean
  readonly showsDetails: boolean
  readonly progress: Progress
  readonly files: readonly FoundFile[]
  readonly matches: number
  readonly collapsed: ReadonlySet<string>
  readonly leftOut: LeftOut
  readonly active: Spot | null
  readonly outcome: Outcome | null
}

export type Search = {
  readonly store: StoreApi<SearchState>
  /** The panel is there, with what was typed until then, or what is selected in the editor. */
  begin(part: 'find' | 'replace', typed: string): void
  change(query: Partial<Query>): void
  show(what: { readonly replace?: boolean; readonly details?: boolean }): void
  /** Now, without waiting for more keys. */
  run(): void
  stop(): void
  clear(): void
  tick(row: Row): void
  toggle(path: string): void
  collapseAll(): void
  /** Shows a match in the editor; `focus`: and goes there. */
  open(spot: Spot, focus: boolean): void
  activate(spot: Spot | null): void
  step(by: 1 | -1): void
  replace(): Promise<void>
  canUndo(): boolean
  undo(): Promise<void>
}

/** After the last key. */
const restMs = 300
/** What has come is shown at most so often. */
const shownEveryMs = 100
/** What was typed is on the server before it is searched, if it gets there soon. */
const savedWithinMs = 2000

const startQuery: Query = {
  ...{ pattern: '', replacement: '', include: '', exclude: '' },
  ...{ regex: false, matchCase: false, wholeWord: false, preserveCase: false, useIgnoreFiles: true },
}

export function createSearch(workbench: Workbench): Search {
  const { connection, projectId, editing, layout, notices, access, monaco } = workbench
  const requests = createSearchRequests(connection.api, projectId)
  const store = createStore<SearchState>(() => ({
    ...{ query: startQuery, showsReplace: false, showsDetails: false, progress: { kind: 'idle' }, files: [], matches: 0 },
    ...{ collapsed: new Set<string>(), leftOut: new Map(), active: null, outcome: null },
  }))
  let waiting: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | null = null
  /** What makes matches: while it stays, ticks stay. */
  let lastSearched = ''

  const run = async (): Promise<void> => {
    clearTimeout(waiting)
    running?.abort()
    const { query, showsReplace } = store.getState()
    if (query.pattern === '') {
      running = null
      store.setState({ progress: { kind: 'idle' }, files: [], matches: 0, leftOut: new Map(), active: null })
      return
    }
    const mine = new AbortController()
    running = mine
    const searched = JSON.stringify({ ...query, replacement: '', preserveCase: false })
    const keeps = searched === lastSearched
    lastSearched = searched
    store.setState(({ leftOut }) => ({
      progress: { kind: 'searching', files: 0, of: null },
      leftOut: keeps ? leftOut : new Map(),
    }))
    const files: FoundFile[] = []
    const versions = new Map(store.getState().files.map(({ path, version }) => [path, version]))
    let matches = 0
    let last: Progress = { kind: 'stopped' }
    let showing: ReturnType<typeof setTimeout> | undefined
    const showNow = (progress?: Progress): void => {
      clearTimeout(showing)
      showing = undefined
      store.setState({ files: [...files], matches, ...(progress === undefined ? {} : { progress }) })
    }
    try {
      if (workbench.saving === 'live') await soon(editing.saveAll())
      mine.signal.throwIfAborted()
      const onEvents = (events: readonly SearchEvent[]): void => {
        if (mine !== running) return
        for (const event of events) {
          if (event.type === 'found') {
            files.push(event)
            matches += event.matches.length
            // In a changed file the ticks would stand beside other matches.
            if (versions.get(event.path) !== event.version)
              store.setState(({ leftOut }) => ({ leftOut: without(leftOut, event.path) }))
          } else if (event.type === 'progress')
            store.setState({ progress: { kind: 'searching', files: event.files, of: event.of } })
          else if (event.type === 'end') last = { kind: 'done', end: event }
          else last = { kind: 'failed', detail: event.detail, field: false }
        }
        showing ??= setTimeout(showNow, shownEveryMs)
      }
      await requests.search(requestOf(query, showsReplace), onEvents, mine.signal)
    } catch (error) {
      last = mine.signal.aborted ? { kind: 'stopped' } : failureOf(error)
    }
    clearTimeout(showing)
    if (mine !== running) return
    running = null
    showNow(last)
  }
  const runSoon = (): void => {
    clearTimeout(waiting)
    waiting = setTimeout(() => void run(), restMs)
  }
  const open = (spot: Spot, focus: boolean): void => {
    const match = store.getState().files.find(({ path }) => path === spot.path)?.matches[spot.match ?? 0]
    store.setState({ active: spot })
    if (match === undefined) return
    const { line, column, endLine, endColumn } = match
    layout.show('editor')
    void editing.open(spot.path, { focus, place: { line, column, end: { line: endLine, column: endColumn } } })
  }
  const selectedText = (): string => {
    const editor = monaco.current?.editor
    const selection = editor?.getSelection()
    const text = selection == null ? '' : (editor?.getModel()?.getValueInRange(selection) ?? '')
    return text.includes('\n') || text.length > searchLimits.patternLength ? '' : text
  }

  return {
    store,
    begin(part, typed) {
      const selected = typed === '' && workbench.search.fromEditor ? selectedText() : typed
      store.setState(({ query, showsReplace }) => ({
        showsReplace: part === 'replace' || (showsReplace && part === 'find'),
        query: selected === '' ? query : { ...query, pattern: selected },
      }))
      if (selected !== '') void run()
    },
    change(change) {
      const before = store.getState()
      const query = { ...before.query, ...change }
      store.setState({ query })
      const onlyWriting = Object.keys(change).every((key) => key === 'replacement' || key === 'preserveCase')
      if (!onlyWriting || before.showsReplace) runSoon()
    },
    show({ replace, details }) {
      const { showsReplace } = store.getState()
      store.setState({
        ...(replace === undefined ? {} : { showsReplace: replace }),
        ...(details === undefined ? {} : { showsDetails: details }),
      })
      if (replace === true && !showsReplace) void run()
    },
    run: () => void run(),
    stop() {
      clearTimeout(waiting)
      running?.abort()
    },
    clear() {
      clearTimeout(waiting)
      running?.abort()
      running = null
      const kept = store.getState().outcome
      store.setState(({ query }) => ({
        ...{ query: { ...query, pattern: '', replacement: '' }, progress: { kind: 'idle' }, files: [], matches: 0 },
        ...{ leftOut: new Map(), active: null, outcome: kept?.kind === 'replaced' ? kept : null },
      }))
    },
    tick: (row) => store.setState(({ leftOut }) => ({ leftOut: toggleTick(row, leftOut) })),
    toggle: (path) =>
      store.setState(({ collapsed }) => {
        const next = new Set(collapsed)
        if (!next.delete(path)) next.add(path)
        return { collapsed: next }
      }),
    collapseAll: () =>
      store.setState(({ files, collapsed }) => ({
        collapsed: collapsed.size >= files.length ? new Set() : new Set(files.map(({ path }) => path)),
      })),
    open,
    activate: (active) => store.setState({ active }),
    step(by) {
      const { files, active, collapsed } = store.getState()
      const next = nextMatch(files, active, by)
      if (next === null) return notices.info('There is no match to go to. Search in the project first.')
      if (collapsed.has(next.path)) store.setState({ collapsed: new Set([...collapsed].filter((path) => path !== next.path)) })
      open({ path: next.path, match: next.match }, true)
    },
    async replace() {
      const { query, files, leftOut, outcome } = store.getState()
      if (!mayWrite(access.getState()) || outcome?.kind === 'replacing' || countTicked(files, leftOut) === 0) return
      store.setState({ outcome: { kind: 'replacing' } })
      try {
        await soon(editing.saveAll())
        const { pattern, regex, matchCase, wholeWord, replacement, preserveCase } = query
        const replaced = await requests.replace({
          ...{ pattern, regex, matchCase, wholeWord, replacement: { text: replacement, preserveCase } },
          files: tickedFiles(files, leftOut),
        })
        store.setState({ outcome: { kind: 'replaced', replaced } })
      } catch (error) {
        store.setState({ outcome: null, progress: failureOf(error) })
        return
      }
      void run()
    },
    canUndo: () => {
      const { outcome } = store.getState()
      return outcome?.kind === 'replaced' && outcome.replaced.files.length > 0
    },
    async undo() {
      const { outcome } = store.getState()
      if (outcome?.kind !== 'replaced' || outcome.replaced.files.length === 0) return
      store.setState({ outcome: { kind: 'undoing' } })
      try {
        await soon(editing.saveAll())
        const undone = await requests.undo(outcome.replaced.files)
        store.setState({ outcome: { kind: 'undone', undone } })
      } catch (error) {
        // It can be tried again.
        store.setState({ outcome })
        return notices.error(`The replacement could not be taken back. ${messageOf(error)}`)
      }
      void run()
    },
  }
}

function requestOf(query: Query, showsReplace: boolean): SearchRequest {
  const { pattern, regex, matchCase, wholeWord, useIgnoreFiles, include, exclude, replacement, preserveCase } = query
  return {
    ...{ pattern, regex, matchCase, wholeWord, useIgnoreFiles },
    ...{ include: globsOf(include), exclude: globsOf(exclude) },
    ...(showsReplace ? { replacement: { text: replacement, preserveCase } } : {}),
  }
}

function failureOf(error: unknown): Progress {
  if (!(error instanceof ApiProblem)) return { kind: 'failed', detail: messageOf(error), field: false }
  const field = error.problem.errors?.find(({ pointer }) => pointer === '/pattern')
  const isOurs = error.code === 'invalid-request' && field !== undefined
  return { kind: 'failed', detail: isOurs ? field.detail : error.message, field: isOurs }
}

function without(leftOut: LeftOut, path: string): LeftOut {
  if (!leftOut.has(path)) return leftOut
  const next = new Map(leftOut)
  next.delete(path)
  return next
}

const soon = (work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work.catch(() => {}), new Promise((resolve) => setTimeout(resolve, savedWithinMs))])
