/**
 * The save state of one open file: a pure machine; `saver.ts` turns its states into requests.
 *
 *            edit                due / asked                  200
 *   saved ─────────▶ unsaved ───────────────▶ saving ─────────────────▶ saved (or unsaved, when edits came meanwhile)
 *                       ▲                       │ no answer    412         other 4xx
 *                       └──────── edit ─── offline (retries)  conflict    refused (until the next edit)
 */
/** Autosave comes this long after the last key … */
export const idleMs = 2_000
/** … and at the latest this long after the first unsaved one. */
export const longestMs = 30_000
const firstRetryMs = 1_000
const longestRetryMs = 30_000

type Unsaved = { readonly firstEditMs: number; readonly lastEditMs: number }

export type SaveState =
  | { readonly kind: 'saved' }
  | ({ readonly kind: 'unsaved' } & Unsaved)
  | { readonly kind: 'saving'; readonly attempt: number; readonly meanwhile: Unsaved | null }
  /** `detail`: what the server said, when it is there but cannot save now; null when it does not answer. */
  | ({ readonly kind: 'offline'; readonly attempt: number; readonly retryAtMs: number; readonly detail: string | null } & Unsaved)
  /** The server has another version (null: the file was deleted there). Nothing is written until the person chooses. */
  | { readonly kind: 'conflict'; readonly theirVersion: number | null }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }

export type SaveEvent =
  | { readonly type: 'edit'; readonly nowMs: number }
  | { readonly type: 'started' }
  | { readonly type: 'acknowledged' }
  | { readonly type: 'unreachable'; readonly nowMs: number; readonly detail: string | null }
  | { readonly type: 'mismatch'; readonly theirVersion: number | null }
  | { readonly type: 'refused'; readonly code: string; readonly detail: string }
  /** The person chose: keep mine (unsaved again), or theirs (saved). */
  | { readonly type: 'resolved'; readonly keep: 'mine' | 'theirs'; readonly nowMs: number }

export const savedState: SaveState = { kind: 'saved' }

export function advance(state: SaveState, event: SaveEvent): SaveState {
  switch (event.type) {
    case 'edit':
      return afterEdit(state, event.nowMs)
    case 'started':
      return state.kind === 'conflict'
        ? state
        : { kind: 'saving', attempt: state.kind === 'offline' ? state.attempt : 0, meanwhile: null }
    case 'acknowledged':
      if (state.kind !== 'saving') return state
      return state.meanwhile === null ? savedState : { kind: 'unsaved', ...state.meanwhile }
    case 'unreachable': {
      if (state.kind !== 'saving') return state
      const edits = state.meanwhile ?? { firstEditMs: event.nowMs, lastEditMs: event.nowMs }
      const attempt = state.attempt + 1
      const pauseMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (attempt - 1))
      return { kind: 'offline', attempt, retryAtMs: event.nowMs + pauseMs, detail: event.detail, ...edits }
    }
    case 'mismatch':
      return { kind: 'conflict', theirVersion: event.theirVersion }
    case 'refused':
      return { kind: 'refused', code: event.code, detail: event.detail }
    case 'resolved':
      return event.keep === 'theirs' ? savedState : { kind: 'unsaved', firstEditMs: event.nowMs, lastEditMs: event.nowMs }
  }
}

function afterEdit(state: SaveState, nowMs: number): SaveState {
  switch (state.kind) {
    case 'saved':
    case 'refused':
      return { kind: 'unsaved', firstEditMs: nowMs, lastEditMs: nowMs }
    case 'unsaved':
    case 'offline':
      return { ...state, lastEditMs: nowMs }
    case 'saving':
      return { ...state, meanwhile: { firstEditMs: state.meanwhile?.firstEditMs ?? nowMs, lastEditMs: nowMs } }
    case 'conflict':
      return state
  }
}

/** When to save without being asked; null: not until something happens. `explicit` saving never does. */
export function dueAtMs(state: SaveState, saving: 'explicit' | 'live'): number | null {
  if (state.kind === 'offline') return state.retryAtMs
  if (state.kind !== 'unsaved' || saving === 'explicit') return null
  return Math.min(state.lastEditMs + idleMs, state.firstEditMs + longestMs)
}

/** Whether closing the tab now would lose something that the server does not have. */
export const isUnsaved = (state: SaveState): boolean => state.kind !== 'saved'
