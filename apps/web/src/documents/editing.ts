/** Opens, closes and saves documents; brings back what was left unsaved; lets the person decide when two versions meet. */
import type { Language } from '@atelier/protocol/languages'
import type { PageBoot } from '@atelier/protocol/page-boot'
import { type Api, messageOf } from '../connection/api.ts'
import type { Handover, TextSurface } from '../editor/surface.ts'
import { type Entries, freeName, isWithin, joinPath, nameOf, parentOf } from '../files/tree.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { viewedKindOf } from '../viewers/kinds.ts'
import { createBringingBack } from './bringing-back.ts'
import { type DocumentsStore, neighbourOf, type OpenOptions, renamePaths, update } from './documents.ts'
import type { Drafts } from './drafts.ts'
import type { KeptEdit } from './kept-edits.ts'
import type { LiveDocuments } from './live-documents.ts'
import type { LiveEnd } from './live-state.ts'
import { editableBytes, fileAddress, type Loaded, loadFile } from './loading.ts'
import { isUnsaved, savedState } from './save-state.ts'
import type { Saver } from './saver.ts'

export type Editing = {
  readonly store: DocumentsStore
  readonly saver: Saver
  /** The text that came with the page: `text` is what the server sent, the surface may have more already. */
  begin(path: string, version: number, text: string): void
  /** Something was typed into a file. */
  edited(path: string): void
  /** Resolves to true once the server has everything that was typed until now. */
  save(path: string): Promise<boolean>
  saveAll(): Promise<boolean>
  /** The page is hidden and may never come back, or is there again. */
  seen(isVisible: boolean): void
  /** The person works in another window, or in this one again. */
  focused(hasFocus: boolean): void
  /** Whether closing the page now would lose something for good. */
  wouldLose(): boolean
  /** Opens a file in a tab (or shows the tab it has), optionally at a place. */
  open(path: string, options?: OpenOptions): Promise<void>
  /** Closes a tab; what is unsaved is saved first. Resolves to false when it had to stay open. */
  close(path: string): Promise<boolean>
  moveTab(path: string, before: string | null): void
  /** After a move in the tree. */
  renamed(from: string, to: string): void
  /** After a deletion. `by` null: it was done here, and the tabs go; else a name: texts that are open stay until they are closed. */
  deleted(path: string, by: string | null): void
  /** A text whose file is gone becomes a file again. */
  restore(path: string): Promise<void>
  /** Closes a text whose file is gone. */
  leave(path: string): void
  /** Shows what was kept of a file that is no more. */
  showOrphan(edit: KeptEdit): void
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
  /** Null when files are saved as a whole. */
  readonly live: LiveDocuments | null
  /** Why this person may not change anything, as a sentence; null: they may. */
  readonly whyNot: () => string | null
  readonly tell: (message: string, kind?: 'info' | 'error') => void
}

export function createEditing(options: EditingOptions): Editing {
  const { api, store, saver, drafts, surface, languages, entries, live, whyNot, tell } = options
  const projectId = options.boot.project.id

  const place = (path: string, loaded: Loaded): void => {
    update(store, path, () =>
      loaded.kind === 'text'
        ? { kind: 'text', version: loaded.version, save: savedState, live: null, language: editorLanguageOf(path, languages()) }
        : { kind: loaded.kind, version: loaded.version, sizeBytes: loaded.sizeBytes },
    )
    if (loaded.kind !== 'text') return
    surface.current.load(path, loaded.text)
    surface.current.setReadOnly(path, whyNot())
    saver.startFrom(path, loaded.version, loaded.text)
  }
  const load = async (path: string): Promise<void> => {
    try {
      const entry = entries().get(path)
      if (live !== null && viewedKindOf(path) === null && (entry?.sizeBytes ?? 0) <= editableBytes) {
        const refused = await live.open(path)
        if (refused === null || refused.code === 'closed') return
      }
      place(path, await loadFile(api, projectId, path, entry))
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
    live?.close(path)
    surface.current.unload(path)
    saver.forget(path)
  }
  const save = async (path: string): Promise<boolean> => (live?.has(path) === true ? live.save(path) : saver.save(path))
  const whole = (path: string) => {
    const state = store.getState().open[path]
    return state?.kind === 'text' && state.live === null ? state : null
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

  const textState = (path: string) => {
    const state = store.getState().open[path]
    return state?.kind === 'text' ? state.save : savedState
  }

  const back = createBringingBack({ ...options, open, place, drop, save, textState })

  return {
    store,
    saver,
    open,
    begin(path, version, text) {
      surface.current.setReadOnly(path, whyNot())
      const alone = (): void => {
        saver.startFrom(path, version, text)
        if (surface.current.text(path) !== text) saver.edited(path)
      }
      if (live === null) return alone()
      update(store, path, (state) => (state.kind === 'text' ? { ...state, live: { kind: 'opening' } } : state))
      const asWhole = (): void => {
        update(store, path, (state) => (state.kind === 'text' ? { ...state, live: null } : state))
        alone()
      }
      live.openBoot(path, version, text).then((refused) => {
        if (refused !== null && refused.code !== 'closed') asWhole()
        // The engine could not be loaded: the file is saved as a whole, which changes the document too.
      }, asWhole)
    },
    edited(path) {
      if (live?.has(path) === true) live.edited(path)
      else if (whole(path) !== null) saver.edited(path)
    },
    save,
    saveAll: async () => (await Promise.all([saver.saveAll(), live?.saveAll() ?? true])).every(Boolean),
    seen(isVisible) {
      live?.focused(isVisible)
      if (!isVisible) saver.hide()
    },
    focused: (hasFocus) => live?.focused(hasFocus),
    wouldLose() {
      const { open: all, keepsDrafts } = store.getState()
      if (live?.wouldBeLost() === true) return true
      return !keepsDrafts && Object.keys(all).some((path) => whole(path) !== null && isUnsaved(textState(path)))
    },
    async close(path) {
      const state = store.getState().open[path]
      const mustSave = state?.kind === 'text' && (state.live === null ? isUnsaved(state.save) : state.live.kind !== 'ended')
      if (mustSave && !(await save(path))) {
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
      live?.renamed(from, to)
      renamePaths(store, surface.current, from, to, languages())
    },
    deleted(path, by) {
      for (const tab of store.getState().tabs) {
        if (!isWithin(tab, path)) continue
        const state = store.getState().open[tab]
        if (by === null || state?.kind !== 'text' || live?.has(tab) !== true) drop(tab)
        else live.end(tab, { kind: 'deleted', detail: `${by} deleted this file.` } satisfies LiveEnd)
      }
    },
    async restore(path) {
      const text = surface.current.text(path)
      const free = entries().has(path) ? freeName(entries(), parentOf(path), nameOf(path)) : nameOf(path)
      const target = joinPath(parentOf(path), free)
      try {
        await api.ask(fileAddress(projectId, target), {
          ...{ method: 'PUT', body: { bytes: new TextEncoder().encode(text) }, headers: { 'if-none-match': '*' } },
        })
      } catch (error) {
        return tell(`The file could not be made again. ${messageOf(error)}`, 'error')
      }
      back.letGo(path)
      await open(target)
    },
    leave: back.letGo,
    showOrphan: back.showOrphan,
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
    restoreDrafts: back.restoreAll,
    async refresh(now) {
      for (const path of store.getState().tabs) {
        const state = store.getState().open[path]
        const entry = now.get(path)
        if (state === undefined || state.kind === 'loading' || state.kind === 'asleep' || live?.has(path) === true) continue
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
      live?.attach(next, from)
      for (const { path, shown } of from) if (shown) next.show(path)
    },
  }
}
