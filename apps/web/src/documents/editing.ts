/** Opens, closes and saves documents; brings back what was left unsaved; lets the person decide when two versions meet. */
import type { Language } from '@atelier/protocol/languages'
import type { PageBoot } from '@atelier/protocol/page-boot'
import { type Api, messageOf } from '../connection/api.ts'
import type { Handover, TextSurface } from '../editor/surface.ts'
import type { Entries } from '../files/tree.ts'
import { isWithin } from '../files/tree.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { type DocumentsStore, neighbourOf, type OpenOptions, renamePaths, update } from './documents.ts'
import type { Draft, Drafts } from './drafts.ts'
import { type Loaded, loadFile } from './loading.ts'
import { isUnsaved, savedState } from './save-state.ts'
import type { Saver } from './saver.ts'

export type Editing = {
  readonly store: DocumentsStore
  readonly saver: Saver
  /** Opens a file in a tab (or shows the tab it has), optionally at a place. */
  open(path: string, options?: OpenOptions): Promise<void>
  /** Closes a tab; what is unsaved is saved first. Resolves to false when it had to stay open. */
  close(path: string): Promise<boolean>
  moveTab(path: string, before: string | null): void
  /** After a move in the tree. */
  renamed(from: string, to: string): void
  /** After a deletion in the tree: the tabs go without saving. */
  deleted(path: string): void
  /** The server’s text while two versions are in conflict. */
  theirs(path: string): Promise<string | null>
  keepMine(path: string): Promise<void>
  takeTheirs(path: string): Promise<void>
  /** Both in one text; resolves to false when the same lines were changed. */
  keepBoth(path: string): Promise<boolean>
  /** Texts left behind by a closed tab or a lost connection. */
  restoreDrafts(): Promise<void>
  /** Takes newer versions of files that were not edited here. */
  refresh(entries: Entries): Promise<void>
  attach(surface: TextSurface, from: readonly Handover[]): void
}

export type EditingOptions = {
  readonly boot: PageBoot
  readonly api: Api
  readonly store: DocumentsStore
  readonly saver: Saver
  readonly drafts: Drafts
  readonly surface: { current: TextSurface }
  readonly languages: () => readonly Language[]
  readonly entries: () => Entries
  readonly tell: (message: string, kind?: 'info' | 'error') => void
}

export function createEditing(options: EditingOptions): Editing {
  const { api, store, saver, drafts, surface, languages, entries, tell } = options
  const projectId = options.boot.project.id

  const place = (path: string, loaded: Loaded): void => {
    update(store, path, () =>
      loaded.kind === 'text'
        ? { kind: 'text', version: loaded.version, save: savedState, language: editorLanguageOf(path, languages()) }
        : { kind: loaded.kind, version: loaded.version, sizeBytes: loaded.sizeBytes },
    )
    if (loaded.kind !== 'text') return
    surface.current.load(path, loaded.text)
    saver.startFrom(path, loaded.version, loaded.text)
  }
  const load = async (path: string): Promise<void> => {
    try {
      place(path, await loadFile(api, projectId, path, entries().get(path)))
    } catch (error) {
      update(store, path, () => ({ kind: 'failed', detail: messageOf(error) }))
    }
  }
  const show = (path: string | null): void => {
    store.setState({ active: path })
    surface.current.show(path !== null && store.getState().open[path]?.kind === 'text' ? path : null)
  }
  const open = async (path: string, { place: at, focus = true }: OpenOptions = {}): Promise<void> => {
    const known = store.getState().open[path]
    if (known === undefined || known.kind === 'failed' || known.kind === 'asleep') {
      store.setState(({ tabs, open: all }) => ({
        tabs: tabs.includes(path) ? tabs : [...tabs, path],
        open: { ...all, [path]: { kind: 'loading' } },
        active: path,
      }))
      surface.current.show(null)
      await load(path)
      if (store.getState().active !== path) return
    }
    show(path)
    if (store.getState().open[path]?.kind !== 'text') return
    if (at !== undefined) surface.current.reveal(at)
    if (focus) surface.current.focus()
  }
  const drop = (path: string): void => {
    const { tabs, active, open: all } = store.getState()
    const next = active === path ? neighbourOf(tabs, path) : active
    const { [path]: _closed, ...rest } = all
    store.setState({ tabs: tabs.filter((each) => each !== path), open: rest })
    if (active === path) {
      if (next === null) show(null)
      else void open(next, { focus: surface.current.hasFocus() })
    }
    surface.current.unload(path)
    saver.forget(path)
  }
  const takeText = (path: string, version: number, text: string): void => {
    surface.current.replace(path, text)
    saver.startFrom(path, version, text)
  }
  const theirsOf = async (path: string): Promise<Extract<Loaded, { kind: 'text' }> | null> => {
    try {
      const loaded = await loadFile(api, projectId, path, undefined)
      return loaded.kind === 'text' ? loaded : null
    } catch {
      return null
    }
  }
  const keepMine = async (path: string): Promise<void> => {
    const state = store.getState().open[path]
    if (state?.kind !== 'text' || state.save.kind !== 'conflict') return
    const base = saver.baseOf(path)
    // Version 0: the file is not there any more and is made anew.
    saver.startFrom(path, state.save.theirVersion ?? 0, base?.text ?? '')
    saver.dispatch(path, { type: 'resolved', keep: 'mine', nowMs: Date.now() })
    await saver.save(path)
  }

  const restore = async (draft: Draft): Promise<void> => {
    const { path } = draft
    const known = store.getState().open[path]?.kind
    if (known === undefined || known === 'asleep') {
      if (entries().has(path)) await open(path, { focus: false })
      else {
        store.setState(({ tabs, open: all }) => ({ tabs: [...tabs, path], open: { ...all, [path]: { kind: 'loading' } } }))
        place(path, { kind: 'text', version: draft.baseVersion, text: draft.baseText })
        surface.current.replace(path, draft.text)
        saver.dispatch(path, { type: 'mismatch', theirVersion: null })
        return tell(`“${path}” was deleted while you had unsaved changes. They are still here.`)
      }
    }
    const base = saver.baseOf(path)
    if (base === undefined || surface.current.text(path) === draft.text) return drafts.remove(projectId, path)
    if (isUnsaved(textState(path))) return
    if (base.version === draft.baseVersion) {
      surface.current.replace(path, draft.text)
      saver.edited(path)
      return tell(`Unsaved changes in “${path}” are back.`)
    }
    const { mergeTexts } = await import('./merge.ts')
    const merged = mergeTexts(draft.baseText, draft.text, base.text)
    if (merged !== null) {
      surface.current.replace(path, merged)
      saver.edited(path)
      return tell(`Your unsaved changes in “${path}” were put together with a newer version. Undo brings the newer version back.`)
    }
    const theirVersion = base.version
    saver.startFrom(path, draft.baseVersion, draft.baseText)
    surface.current.replace(path, draft.text)
    saver.dispatch(path, { type: 'mismatch', theirVersion })
  }
  const textState = (path: string) => {
    const state = store.getState().open[path]
    return state?.kind === 'text' ? state.save : savedState
  }

  return {
    store,
    saver,
    open,
    async close(path) {
      if (isUnsaved(textState(path)) && !(await saver.save(path))) {
        tell(`“${path}” is not saved yet, so it stays open.`, 'error')
        return false
      }
      drop(path)
      return true
    },
    moveTab(path, before) {
      store.setState(({ tabs }) => {
        const rest = tabs.filter((each) => each !== path)
        const at = before === null ? rest.length : rest.indexOf(before)
        return { tabs: [...rest.slice(0, at), path, ...rest.slice(at)] }
      })
    },
    renamed(from, to) {
      saver.renamed(from, to)
      renamePaths(store, surface.current, from, to, languages())
    },
    deleted(path) {
      for (const tab of store.getState().tabs) if (isWithin(tab, path)) drop(tab)
    },
    theirs: async (path) => (await theirsOf(path))?.text ?? null,
    keepMine,
    async takeTheirs(path) {
      const theirs = await theirsOf(path)
      if (theirs === null) return drop(path)
      takeText(path, theirs.version, theirs.text)
      saver.dispatch(path, { type: 'resolved', keep: 'theirs', nowMs: Date.now() })
      await drafts.remove(projectId, path)
    },
    async keepBoth(path) {
      const base = saver.baseOf(path)
      const [theirs, { mergeTexts }] = await Promise.all([theirsOf(path), import('./merge.ts')])
      if (base === undefined || theirs === null) return false
      const merged = mergeTexts(base.text, surface.current.text(path), theirs.text)
      if (merged === null) return false
      surface.current.replace(path, merged)
      saver.startFrom(path, theirs.version, theirs.text)
      saver.dispatch(path, { type: 'resolved', keep: 'mine', nowMs: Date.now() })
      await saver.save(path)
      return true
    },
    async restoreDrafts() {
      for (const draft of await drafts.orphans(projectId)) await restore(draft)
    },
    async refresh(now) {
      for (const path of store.getState().tabs) {
        const state = store.getState().open[path]
        const entry = now.get(path)
        if (state === undefined || state.kind === 'loading' || state.kind === 'asleep') continue
        if (state.kind === 'failed') await load(path)
        else if (entry !== undefined && entry.version > state.version && !isUnsaved(textState(path))) {
          const loaded = await loadFile(api, projectId, path, entry).catch(() => null)
          if (loaded === null || isUnsaved(textState(path))) continue
          if (loaded.kind === 'text' && state.kind === 'text') takeText(path, loaded.version, loaded.text)
          else place(path, loaded)
        }
      }
    },
    attach(next, from) {
      surface.current = next
      for (const { path, shown } of from) if (shown) next.show(path)
    },
  }
}
