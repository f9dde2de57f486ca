/**
 * Brings edited texts to the server: after a pause, when asked, before a run and when the tab is hidden. Each request names the
 * version that the edit started from; when the server has another one, nothing is overwritten and the person is asked.
 */
import { etagOf } from '@atelier/protocol/files'
import { type Api, ApiProblem, Unreachable } from '../connection/api.ts'
import type { TextSurface } from '../editor/surface.ts'
import { afterMove } from '../files/tree.ts'
import { type DocumentsStore, update } from './documents.ts'
import type { Drafts } from './drafts.ts'
import { fileAddress, loadFile, versionOf } from './loading.ts'
import { advance, dueAtMs, isUnsaved, type SaveEvent } from './save-state.ts'

export type Saver = {
  edited(path: string): void
  /** Resolves to true once the server has everything that was typed until now. */
  save(path: string): Promise<boolean>
  saveAll(): Promise<boolean>
  /** The tab is hidden and may never come back. */
  hide(): void
  /** The server's text of a file, as the editor now starts from it. */
  startFrom(path: string, version: number, text: string): void
  baseOf(path: string): { readonly version: number; readonly text: string } | undefined
  renamed(from: string, to: string): void
  forget(path: string): void
  dispatch(path: string, event: SaveEvent): void
}

export type SaverOptions = {
  readonly projectId: string
  readonly api: Api
  readonly store: DocumentsStore
  readonly drafts: Drafts
  readonly surface: () => TextSurface
  readonly saving: 'explicit' | 'live'
  readonly onSaved: (path: string, version: number, sizeBytes: number) => void
}

/** A draft is written this long after a key; a crash loses at most so much. */
const draftPauseMs = 250
/** Browsers let requests outlive a page up to 64 KB. */
const keepaliveBytes = 60 * 1024
/** Answers that mean "not now": the text is kept and the save repeated. */
const laterCodes = new Set(['internal', 'shutting-down', 'storage-unavailable', 'too-many-requests', 'request-in-flight'])

export function createSaver(options: SaverOptions): Saver {
  const { projectId, api, store, drafts, surface, saving, onSaved } = options
  const bases = new Map<string, { version: number; text: string }>()
  const running = new Map<string, Promise<void>>()
  const draftTimers = new Map<string, ReturnType<typeof setTimeout>>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const stateOf = (path: string) => {
    const state = store.getState().open[path]
    return state?.kind === 'text' ? state.save : undefined
  }
  const dispatch = (path: string, event: SaveEvent): void => {
    update(store, path, (state) => (state.kind === 'text' ? { ...state, save: advance(state.save, event) } : state))
    schedule()
  }
  const schedule = (): void => {
    clearTimeout(timer)
    const due = Object.entries(store.getState().open).flatMap(([path, state]) => {
      const at = state.kind === 'text' ? dueAtMs(state.save, saving) : null
      return at === null ? [] : [{ path, at }]
    })
    if (due.length === 0) return
    const next = Math.min(...due.map(({ at }) => at))
    timer = setTimeout(
      () => {
        for (const { path, at } of due) if (at <= Date.now()) void save(path)
        schedule()
      },
      Math.max(0, next - Date.now()) + 5,
    )
  }

  const keepDraft = async (path: string): Promise<void> => {
    clearTimeout(draftTimers.get(path))
    draftTimers.delete(path)
    const base = bases.get(path)
    const state = stateOf(path)
    if (base === undefined || state === undefined || !isUnsaved(state)) return
    const kept = await drafts.keep({
      projectId,
      path,
      text: surface().text(path),
      baseVersion: base.version,
      baseText: base.text,
      editedAt: Date.now(),
    })
    if (store.getState().keepsDrafts !== kept) store.setState({ keepsDrafts: kept })
    // Saved while the draft was being written: it is not needed any more.
    if (stateOf(path)?.kind === 'saved') await drafts.remove(projectId, path)
  }

  const put = async (path: string, keepalive: boolean): Promise<void> => {
    const base = bases.get(path)
    if (base === undefined) return
    const sent = surface().text(path)
    const bytes = new TextEncoder().encode(sent)
    dispatch(path, { type: 'started' })
    try {
      const response = await api.ask(fileAddress(projectId, path), {
        method: 'PUT',
        body: { bytes },
        headers: base.version === 0 ? { 'if-none-match': '*' } : { 'if-match': etagOf(base.version) },
        ...(keepalive && bytes.length <= keepaliveBytes ? { keepalive } : {}),
      })
      acknowledged(path, versionOf(response), sent, bytes.length)
    } catch (error) {
      await failed(path, sent, bytes.length, error)
    }
  }
  const acknowledged = (path: string, version: number, text: string, sizeBytes: number): void => {
    startFrom(path, version, text)
    dispatch(path, { type: 'acknowledged' })
    onSaved(path, version, sizeBytes)
    if (stateOf(path)?.kind === 'saved') void drafts.remove(projectId, path)
  }
  const failed = async (path: string, sent: string, sizeBytes: number, error: unknown): Promise<void> => {
    if (error instanceof ApiProblem && (error.code === 'version-mismatch' || error.code === 'not-found')) {
      const theirs = await loadFile(api, projectId, path, undefined).catch((failure: unknown) =>
        failure instanceof ApiProblem && failure.code === 'not-found' ? null : undefined,
      )
      if (theirs === undefined) return dispatch(path, { type: 'unreachable', nowMs: Date.now(), detail: null })
      // Our own save, whose answer was lost on the way.
      if (theirs?.kind === 'text' && theirs.text === sent) return acknowledged(path, theirs.version, sent, sizeBytes)
      dispatch(path, { type: 'mismatch', theirVersion: theirs?.version ?? null })
    } else if (error instanceof ApiProblem && !laterCodes.has(error.code)) {
      dispatch(path, { type: 'refused', code: error.code, detail: error.message })
    } else {
      const detail = error instanceof Unreachable ? null : error instanceof Error ? error.message : String(error)
      // "Kept on this device" is said when it is.
      await keepDraft(path)
      return dispatch(path, { type: 'unreachable', nowMs: Date.now(), detail })
    }
    await keepDraft(path)
  }

  const save = async (path: string, keepalive = false): Promise<boolean> => {
    await running.get(path)
    const state = stateOf(path)
    if (state === undefined || state.kind === 'saved') return true
    if (state.kind === 'conflict') return false
    if (!running.has(path)) {
      const work = put(path, keepalive).finally(() => running.delete(path))
      running.set(path, work)
    }
    await running.get(path)
    const after = stateOf(path)
    return after === undefined || after.kind === 'saved' || after.kind === 'unsaved'
  }
  const unsavedPaths = (): string[] => store.getState().tabs.filter((path) => isUnsaved(stateOf(path) ?? { kind: 'saved' }))
  const startFrom = (path: string, version: number, text: string): void => {
    bases.set(path, { version, text })
    update(store, path, (state) => (state.kind === 'text' ? { ...state, version } : state))
  }

  return {
    edited(path) {
      dispatch(path, { type: 'edit', nowMs: Date.now() })
      if (!draftTimers.has(path))
        draftTimers.set(
          path,
          setTimeout(() => void keepDraft(path), draftPauseMs),
        )
    },
    save: (path) => save(path),
    saveAll: async () => (await Promise.all(unsavedPaths().map((path) => save(path)))).every(Boolean),
    hide() {
      for (const path of unsavedPaths()) {
        void keepDraft(path)
        if (saving === 'live' && stateOf(path)?.kind === 'unsaved') void save(path, true)
      }
    },
    startFrom,
    baseOf: (path) => bases.get(path),
    renamed(from, to) {
      for (const [path, base] of [...bases]) {
        bases.delete(path)
        bases.set(afterMove(path, from, to), base)
      }
    },
    forget(path) {
      clearTimeout(draftTimers.get(path))
      draftTimers.delete(path)
      bases.delete(path)
      void drafts.remove(projectId, path)
    },
    dispatch,
  }
}
