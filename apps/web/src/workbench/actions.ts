/** What a person can do on the page, by whichever button, key or command it is asked for. Each says why when it may not be done. */
import { fileAddress } from '../documents/loading.ts'
import { splitArguments } from '../executions/arguments.ts'
import { type RunTarget, runTargetOf } from '../executions/run-target.ts'
import { selectPath } from '../files/files.ts'
import { parentOf } from '../files/tree.ts'
import type { HistoryPart } from '../history/HistoryDialog.tsx'
import { isolationToAskFor } from '../languages/isolation-choice.ts'
import { type Pane, panes } from '../layout/layout.ts'
import { mayRun, mayWrite, whyNoRun, whyViewOnly } from '../projects/access.ts'
import type { Parts } from './parts.ts'

export type Actions = {
  runTarget(): RunTarget | null
  run(): void
  save(): Promise<void>
  startNaming(kind: 'new-file' | 'new-folder', folder?: string): void
  startRename(path: string | null): void
  closeTab(): void
  stepTab(by: 1 | -1): void
  download(path: string | null): void
  /** Without `into`: into the folder that is selected, or around what is. */
  pickUploads(isFolder: boolean, into?: string): void
  playBack(path: string | null): void
  /** The versions of a file; without one, of the project. */
  showHistory(part: HistoryPart, path: string | null): void
  /** The project to or from a zip file. */
  archive(direction: 'download' | 'import'): void
  /** The tree in the left panel, with the focus. */
  showFiles(): void
  /** Search or replace in all files, in the left panel. */
  showSearch(part: 'find' | 'replace'): void
  /** In the text on show. */
  find(): void
  focusPane(pane: Pane): void
  stepPane(by: 1 | -1): void
  toggleSidebar(): void
  toggleDock(): void
  toggleWordWrap(): void
  editorAction(id: string): void
  editorHasFocus(): boolean
}

export function createActions(parts: Parts): Actions {
  const {
    projectId,
    server,
    files,
    documents,
    layout,
    dialogs,
    notices,
    surface,
    monaco,
    access,
    editing,
    executions,
    runChoice,
  } = parts
  const focusPane = (pane: Pane): void => {
    layout.show(pane)
    if (pane === 'files' && !layout.store.getState().sidebar) layout.toggleSidebar()
    if (pane === 'output') layout.showPanel()
    // After React has shown it.
    requestAnimationFrame(() => {
      if (pane === 'editor') surface.current.focus()
      else document.querySelector<HTMLElement>(`[data-pane-focus="${pane}"]`)?.focus()
    })
  }

  /** The folder that is selected, or is around what is. */
  const folderAround = (): string => {
    const { entries, selected } = files.getState()
    const chosen = selected === null ? undefined : entries.get(selected)
    return chosen === undefined ? '' : chosen.kind === 'folder' ? chosen.path : parentOf(chosen.path)
  }
  const showTree = (): void => {
    layout.show('files')
    layout.showFiles()
    if (!layout.store.getState().sidebar) layout.toggleSidebar()
  }
  const whyNot = (): string | null => (mayWrite(access.getState()) ? null : whyViewOnly)

  const actions: Actions = {
    runTarget: () =>
      runTargetOf(files.getState().entries, server.getState().languages, documents.getState().active, runChoice.getState()),
    run() {
      if (!mayRun(access.getState())) return notices.info(whyNoRun)
      const { kind } = executions.store.getState()
      if (kind === 'running' || kind === 'starting') {
        return notices.info('It is running already. Shift+F5 stops it.')
      }
      const target = actions.runTarget()
      if (target === null)
        return notices.info('There is no file here that can be run. Add one such as main.py, or start from a template.')
      const { language } = target
      if (!language.available)
        return notices.error(
          `${language.name} is not ready: ${language.reason ?? 'its toolchain is missing.'} ${language.remedy ?? ''}`.trim(),
        )
      layout.showPanel()
      layout.show('output')
      runChoice.setState({ last: target.path })
      const { args, isolation } = runChoice.getState()
      void executions.run(target.path, splitArguments(args), isolationToAskFor(isolation, server.getState().status))
    },
    async save() {
      const done = await editing.saveAll()
      if (done) return
      const { open, active } = documents.getState()
      const state = active === null ? undefined : open[active]
      if (state?.kind === 'text' && state.save.kind === 'refused') notices.error(state.save.detail)
    },
    startNaming(kind, folder) {
      const reason = whyNot()
      if (reason !== null) return notices.info(reason)
      const into = folder ?? folderAround()
      showTree()
      files.setState(({ expanded }) => ({ naming: { kind, folder: into }, expanded: new Set([...expanded, into]) }))
    },
    startRename(path) {
      const reason = whyNot()
      if (reason !== null) return notices.info(reason)
      if (path === null) return
      showTree()
      selectPath(files, path)
      files.setState({ naming: { kind: 'rename', folder: parentOf(path), path } })
    },
    closeTab() {
      const { active } = documents.getState()
      if (active !== null) void editing.close(active)
    },
    stepTab(by) {
      const { tabs, active } = documents.getState()
      const next = tabs[(tabs.indexOf(active ?? '') + by + tabs.length) % Math.max(1, tabs.length)]
      if (next !== undefined) void editing.open(next)
    },
    download(path) {
      if (path === null) return
      if (files.getState().entries.get(path)?.kind === 'folder')
        return void import('../archives/archives.ts').then(({ downloadArchive }) => downloadArchive(parts, path))
      const link = document.createElement('a')
      link.href = fileAddress(projectId, path)
      link.download = path.slice(path.lastIndexOf('/') + 1)
      void editing.save(path).then(() => link.click())
    },
    pickUploads(isFolder, into) {
      const reason = whyNot()
      if (reason !== null) return notices.info(reason)
      void import('../files/pick-uploads.ts').then(({ pickUploads }) => pickUploads(parts, isFolder, into ?? folderAround()))
    },
    archive(direction) {
      const reason = direction === 'import' ? whyNot() : null
      if (reason !== null) return notices.info(reason)
      void import('../archives/archives.ts').then(({ downloadArchive, pickArchive }) =>
        direction === 'download' ? downloadArchive(parts) : pickArchive(parts),
      )
    },
    playBack(path) {
      if (path !== null) dialogs.show({ kind: 'playback', path })
    },
    showHistory: (part, path) => dialogs.show({ kind: 'history', part, path }),
    showFiles() {
      layout.showFiles()
      focusPane('files')
    },
    showSearch(part) {
      parts.search.fromEditor = surface.current.hasFocus()
      layout.showSearch(part)
    },
    find: () => surface.current.find(),
    focusPane,
    stepPane(by) {
      const here = document.activeElement?.closest<HTMLElement>('[data-pane]')?.dataset.pane
      // biome-ignore lint/complexity/useIndexOf: the attribute may hold anything
      const at = panes.findIndex((pane) => pane === here)
      focusPane(panes[(at + by + panes.length) % panes.length] ?? 'editor')
    },
    toggleSidebar() {
      layout.toggleSidebar()
      if (!layout.store.getState().sidebar) surface.current.focus()
    },
    toggleDock: () => layout.setDock(layout.store.getState().dock === 'bottom' ? 'right' : 'bottom'),
    toggleWordWrap() {
      const { current } = monaco
      if (current === null) return
      current.setWordWrap(!current.wraps())
    },
    editorAction(id) {
      surface.current.focus()
      void monaco.current?.editor.getAction(id)?.run()
    },
    editorHasFocus: () => surface.current.hasFocus(),
  }
  return actions
}
