/**
 * What an earlier tab could not bring to the server comes back: drafts of texts, and edits of shared documents. Where the file is
 * gone, its text is shown all the same.
 */
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { applyChanges } from './changes.ts'
import type { DocumentState, OpenOptions } from './documents.ts'
import type { Draft } from './drafts.ts'
import type { EditingOptions } from './editing.ts'
import type { KeptEdit } from './kept-edits.ts'
import type { Loaded } from './loading.ts'
import { meet } from './meet.ts'
import { isUnsaved, type SaveState, savedState } from './save-state.ts'

export type BringingBack = {
  restoreAll(): Promise<void>
  /** Shows what was kept of a file that is no more. */
  showOrphan(edit: KeptEdit): void
  /** Closes a text; nothing that was kept of it is needed any more. */
  letGo(path: string): void
}

export type BringingBackOptions = EditingOptions & {
  readonly open: (path: string, options?: OpenOptions) => Promise<void>
  readonly place: (path: string, loaded: Loaded) => void
  readonly drop: (path: string) => void
  readonly save: (path: string) => Promise<boolean>
  readonly textState: (path: string) => SaveState
}

export function createBringingBack(options: BringingBackOptions): BringingBack {
  const { boot, store, saver, drafts, surface, languages, entries, live, tell, open, place, drop, save, textState } = options
  const projectId = boot.project.id
  /** By the path of the tab that shows it. */
  const orphans = new Map<string, KeptEdit>()

  /** Typed before the shared text was there, in a tab that is closed by now. */
  const restoreInto = async (draft: Draft): Promise<void> => {
    const { path, baseText, text } = draft
    const current = surface.current.text(path)
    const { mine } = meet(baseText, text, current)
    if (mine.length > 0) {
      surface.current.replace(path, applyChanges(current, mine))
      live?.edited(path)
      tell(`Unsaved changes in “${path}” are back.`)
    }
    if (await save(path)) await drafts.remove(projectId, path)
  }
  const restoreDraft = async (draft: Draft): Promise<void> => {
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
    if (live?.has(path) === true) return restoreInto(draft)
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
  /** Edits that a closed tab had kept: opening their document puts them in. Where it is gone, its text is shown. */
  const bringBack = async (path: string): Promise<void> => {
    if (!entries().has(path)) {
      for (const edit of (await live?.takeOver(path)) ?? []) showOrphan(edit)
      return
    }
    const known = store.getState().open[path]?.kind
    if (known === undefined || known === 'asleep') await open(path, { focus: false })
  }
  const showOrphan = (edit: KeptEdit): void => {
    const path = `${edit.path} (kept)`
    const detail = 'The file was deleted while you had changes that were not saved.'
    const state: DocumentState = {
      ...{ kind: 'text', version: 0, save: savedState, language: editorLanguageOf(edit.path, languages()) },
      live: { kind: 'ended', isSaved: false, end: { kind: 'deleted', detail } },
    }
    store.setState(({ tabs, open: all }) => ({
      tabs: tabs.includes(path) ? tabs : [...tabs, path],
      open: { ...all, [path]: state },
    }))
    surface.current.load(path, edit.text)
    surface.current.setReadOnly(path, detail)
    orphans.set(path, edit)
  }
  /** Nothing that was kept of it is needed any more. */
  const letGo = (path: string): void => {
    const edit = orphans.get(path)
    orphans.delete(path)
    if (edit !== undefined) void live?.forget(edit)
    drop(path)
  }

  return {
    async restoreAll() {
      for (const draft of await drafts.orphans(projectId)) await restoreDraft(draft)
      for (const path of (await live?.leftBehind()) ?? []) await bringBack(path)
    },
    showOrphan,
    letGo,
  }
}
