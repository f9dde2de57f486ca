/**
 * The files that are edited together, and the surface that shows them. A text is opened from its room, not from the file; what was
 * typed before the room answered is put into it then.
 */
import type { EngineName } from '@atelier/text/engine'
import type { Connection } from '../connection/connection.ts'
import type { Handover, TextSurface } from '../editor/surface.ts'
import { afterMove, isWithin } from '../files/tree.ts'
import type { Drafts } from './drafts.ts'
import type { MeStore } from './here.ts'
import { absentKeptEdits, type KeptEdit, openKeptEdits } from './kept-edits.ts'
import { LiveDocument, type Refused } from './live-document.ts'
import type { LiveEnd, LiveState } from './live-state.ts'
import { loadReplicas, type Replicas } from './replicas.ts'

export type LiveDocuments = {
  has(path: string): boolean
  /** Resolves when the surface shows the shared text, or to the reason why there is none. */
  open(path: string): Promise<Refused | null>
  /** The same for the text that came with the page and stands in the surface already. */
  openBoot(path: string, version: number, text: string): Promise<Refused | null>
  /** Something was typed into this file. */
  edited(path: string): void
  /** Resolves to true once the server has stored everything. */
  save(path: string): Promise<boolean>
  saveAll(): Promise<boolean>
  renamed(from: string, to: string): void
  end(path: string, end: LiveEnd): void
  close(path: string): void
  attach(surface: TextSurface, from: readonly Handover[]): void
  /** The page is hidden and may never come back, or is there again. */
  focused(hasFocus: boolean): void
  wouldBeLost(): boolean
  /** Where somebody's caret is, as an offset. */
  placeOf(userId: string, path: string): number | null
  /** Paths of files of which closed tabs have edits that the server does not have: opening one brings them back. */
  leftBehind(): Promise<readonly string[]>
  /** What they have of a file that is no more. */
  takeOver(path: string): Promise<readonly KeptEdit[]>
  forget(edit: KeptEdit): Promise<void>
}

export type LiveDocumentsOptions = {
  readonly projectId: string
  readonly engine: EngineName
  readonly connection: Connection
  readonly me: MeStore
  readonly drafts: Drafts
  readonly surface: { current: TextSurface }
  /** `text`: what the surface is to show; null: it shows it already. */
  readonly onArrived: (path: string, text: string | null) => void
  readonly onState: (path: string, state: LiveState) => void
  readonly onMoved: (from: string, to: string) => void
  readonly onFiled: (path: string, version: number) => void
  readonly onPlaces: () => void
  /** Edits that were kept of a document that is no more. */
  readonly onOrphan: (edit: KeptEdit) => void
  /** Kept edits are in the document now. */
  readonly onBack: (path: string) => void
}

/** How long a run, a download or closing a tab waits for the server. */
const saveWaitMs = 8_000
const draftPauseMs = 250

type Entry = {
  readonly document: LiveDocument
  isShared: boolean
  /** The text that the surface's was made from, until it is shared. */
  boot: { readonly version: number; readonly text: string } | null
  drafting: ReturnType<typeof setTimeout> | undefined
}

export function createLiveDocuments(options: LiveDocumentsOptions): LiveDocuments {
  const { projectId, engine, connection, me, drafts, surface } = options
  const entries = new Map<string, Entry>()
  const isBrowser = typeof window !== 'undefined'
  /** Whose turn it is for a path, until there is an entry. */
  const opening = new Map<string, symbol>()
  let loading: Promise<Replicas> | null = null
  const kept = isBrowser ? openKeptEdits({ mayRepeat: engine === 'crdt' }) : absentKeptEdits

  const open = async (path: string, boot: Entry['boot']): Promise<Refused | null> => {
    close(path)
    const turn = Symbol(path)
    opening.set(path, turn)
    loading ??= loadReplicas(engine).catch((error: unknown) => {
      loading = null
      throw error
    })
    const [replicas, leftBehind] = await Promise.all([loading, kept.takeOver(projectId, path)])
    if (opening.get(path) !== turn) return { code: 'closed', detail: 'The file was closed.' }
    opening.delete(path)
    const document = new LiveDocument({
      ...{ projectId, path, socket: connection.socket, replicas, me, kept, leftBehind },
      onState(state) {
        surface.current.setReadOnly(document.path, reasonIn(state))
        options.onState(document.path, state)
      },
      onMoved: (to) => options.onMoved(document.path, to),
      onOrphan: options.onOrphan,
      onBack: options.onBack,
      onFiled: (version) => options.onFiled(document.path, version),
    })
    const entry: Entry = { document, boot, isShared: false, drafting: undefined }
    entries.set(path, entry)
    document.others.onChange(options.onPlaces)
    if (boot !== null && surface.current.text(path) !== boot.text) edited(path)
    const refused = await document.arrived
    if (refused === null) share(entry)
    else if (entries.get(document.path) === entry) close(document.path)
    return refused
  }
  const share = (entry: Entry): void => {
    const { document, boot } = entry
    const { path, shared, replica } = document
    if (document.state.kind === 'ended' && !replica.isSynced) return
    options.onArrived(path, boot === null ? replica.text : null)
    surface.current.share(path, shared, boot?.text ?? replica.text)
    surface.current.setReadOnly(path, reasonIn(document.state))
    entry.isShared = true
    entry.boot = null
    clearTimeout(entry.drafting)
    document.typedBefore(false)
    options.onState(path, document.state)
    if (boot !== null)
      void document.saved(saveWaitMs).then((isSaved) => (isSaved ? drafts.remove(projectId, document.path) : null))
  }
  const keepDraft = async (path: string, { document, boot, isShared }: Entry): Promise<void> => {
    if (boot === null || isShared) return
    const text = surface.current.text(path)
    const base = { baseVersion: boot.version, baseText: boot.text }
    const isKept = await drafts.keep({ projectId, path, text, editedAt: Date.now(), ...base })
    if (surface.current.text(path) === text) document.keptBefore(isKept)
  }
  const edited = (path: string): void => {
    const entry = entries.get(path)
    if (entry?.isShared === true) entry.document.edited()
    if (entry === undefined || entry.isShared) return
    entry.document.typedBefore(true)
    clearTimeout(entry.drafting)
    entry.drafting = setTimeout(() => void keepDraft(path, entry), draftPauseMs)
  }
  const close = (path: string): void => {
    opening.delete(path)
    const entry = entries.get(path)
    if (entry === undefined) return
    entries.delete(path)
    clearTimeout(entry.drafting)
    surface.current.unshare(path)
    entry.document.destroy()
  }
  const save = async (path: string): Promise<boolean> => {
    const entry = entries.get(path)
    return entry === undefined || entry.document.state.kind === 'ended' || entry.document.saved(saveWaitMs)
  }
  return {
    has: (path) => entries.has(path),
    open: (path) => open(path, null),
    openBoot: (path, version, text) => open(path, { version, text }),
    edited,
    save,
    saveAll: async () => (await Promise.all([...entries.keys()].map(save))).every(Boolean),
    renamed(from, to) {
      for (const [path, entry] of [...entries]) {
        if (!isWithin(path, from)) continue
        entries.delete(path)
        entries.set(afterMove(path, from, to), entry)
        entry.document.move(afterMove(path, from, to))
      }
    },
    end: (path, end) => entries.get(path)?.document.end(end),
    close,
    attach(next, from) {
      for (const { path, text } of from) {
        const entry = entries.get(path)
        if (entry === undefined) continue
        if (entry.isShared) next.share(path, entry.document.shared, text)
        next.setReadOnly(path, reasonIn(entry.document.state))
      }
    },
    focused(hasFocus) {
      for (const [path, entry] of entries) {
        entry.document.focused(hasFocus)
        if (!hasFocus) void keepDraft(path, entry)
      }
    },
    wouldBeLost: () => [...entries.values()].some(({ document }) => document.wouldBeLost()),
    placeOf(userId, path) {
      const document = entries.get(path)?.document
      if (document === undefined) return null
      for (const other of document.others.all.values())
        if (other.userId === userId && other.caret !== null) return document.replica.offsetOf(other.caret.head)
      return null
    },
    leftBehind: () => kept.leftBehind(projectId),
    takeOver: (path) => kept.takeOver(projectId, path),
    forget: ({ documentId }) => kept.forget(documentId),
  }
}

/** Why nothing can be typed; null: it can. */
function reasonIn(state: LiveState): string | null {
  if (state.kind === 'read-only') return state.reason
  if (state.kind === 'offline') return state.detail
  return state.kind === 'ended' ? state.end.detail : null
}
