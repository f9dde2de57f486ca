/**
 * The parts of the page, put together once. Nothing else constructs them; what needs one gets it from here. The server makes a
 * workbench too, to render the first page: then nothing talks to anybody.
 */
import type { IsolationLevel } from '@atelier/protocol/executions'
import type { PageBoot } from '@atelier/protocol/page-boot'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { type AccountRequests, createAccountRequests } from '../accounts/account.ts'
import { type Appearance, createAppearance } from '../appearance/appearance.ts'
import { type Connection, createConnection } from '../connection/connection.ts'
import { createDocumentsStore, type DocumentsStore, update } from '../documents/documents.ts'
import { type Drafts, openDrafts } from '../documents/drafts.ts'
import { createEditing, type Editing } from '../documents/editing.ts'
import { createLiveDocuments } from '../documents/live-documents.ts'
import { fileAddress } from '../documents/loading.ts'
import { savedState } from '../documents/save-state.ts'
import { createSaver } from '../documents/saver.ts'
import { absentSurface } from '../editor/absent-surface.ts'
import type { MonacoSurface } from '../editor/monaco/monaco-surface.ts'
import { createCursorStore, type SurfaceEvents, type TextSurface } from '../editor/surface.ts'
import { splitArguments } from '../executions/arguments.ts'
import { createExecutions, type Executions } from '../executions/executions.ts'
import { type RunTarget, runTargetOf } from '../executions/run-target.ts'
import { createFileChanges, type FileChanges } from '../files/changing.ts'
import { createFileRequests } from '../files/file-requests.ts'
import { createFilesStore, type FilesStore, followMove, selectPath, setEntries } from '../files/files.ts'
import { parentOf, withEntry, withMove } from '../files/tree.ts'
import type { HistoryPart } from '../history/HistoryDialog.tsx'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { isolationToAskFor } from '../languages/isolation-choice.ts'
import { createServerStore, type ServerStore } from '../languages/server-news.ts'
import { createDialogs, type Dialogs } from '../layout/dialogs.ts'
import { createLayout, type Layout, type Pane, panes } from '../layout/layout.ts'
import { createNotices, type Notices } from '../layout/notices.ts'
import { createPeople, type People } from '../people/people.ts'
import { type Access, createAccess, mayRun, mayWrite, whyNoRun, whyViewOnly } from '../projects/access.ts'
import { createProjects, type Projects } from '../projects/projects.ts'
import type { Search } from '../search/search.ts'

/** What Run starts and with which arguments; remembered per project. */
export type RunChoice = {
  readonly pinned: string | null
  readonly args: string /** What was run last. */
  readonly last: string | null
  /** The wall to run behind; null: the server's usual one. */
  readonly isolation: IsolationLevel | null
}

export type Workbench = {
  readonly projectId: string
  readonly appearance: Appearance
  readonly connection: Connection
  readonly documents: DocumentsStore
  readonly editing: Editing
  readonly executions: Executions
  readonly files: FilesStore
  readonly changes: FileChanges
  readonly server: ServerStore
  readonly projects: Projects
  readonly access: Access
  readonly people: People
  readonly account: AccountRequests
  readonly layout: Layout
  readonly dialogs: Dialogs
  readonly notices: Notices
  readonly cursor: ReturnType<typeof createCursorStore>
  readonly runChoice: StoreApi<RunChoice>
  readonly surface: { current: TextSurface }
  /** Monaco, once it is there. */
  readonly monaco: { current: MonacoSurface | null }
  /** Once somebody has searched the project. `typed`: while its panel was on its way; `fromEditor`: it was asked for there. */
  readonly search: { current: Search | null; typed: string; fromEditor: boolean }
  readonly surfaceEvents: SurfaceEvents
  readonly saving: 'explicit' | 'live'
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
  /** Whether the server keeps how files came about. */
  readonly keepsHistory: boolean
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
  /** When the text was last changed by typing; 0 for never. */
  lastEditMs(): number
}

const absentDrafts: Drafts = { keep: async () => false, remove: async () => {}, orphans: async () => [] }

export function createWorkbench(boot: PageBoot): Workbench {
  const projectId = boot.project.id
  const { saving, text, output } = boot.status.capabilities
  const connection = createConnection()
  const { api } = connection
  const [appearance, layout, dialogs, notices] = [createAppearance(), createLayout(), createDialogs(), createNotices()]
  const server = createServerStore(boot)
  const files = createFilesStore(boot)
  const documents = createDocumentsStore(boot)
  const cursor = createCursorStore()
  const surface = { current: absentSurface }
  const monaco: { current: MonacoSurface | null } = { current: null }
  const drafts = typeof window === 'undefined' ? absentDrafts : openDrafts()
  let lastEditMs = 0
  const runChoice = createStore<RunChoice>(() => ({ pinned: null, args: '', last: null, isolation: null }))

  const saver = createSaver({
    projectId,
    api,
    store: documents,
    drafts,
    surface: () => surface.current,
    saving,
    onSaved: (path, version, sizeBytes) =>
      setEntries(files, (entries) => withEntry(entries, { path, kind: 'file', version, sizeBytes })),
  })
  const access = createAccess(boot.project)
  const whyNot = (): string | null => (mayWrite(access.getState()) ? null : whyViewOnly)
  const people = createPeople(api)
  const languages = () => server.getState().languages
  const live =
    text === 'none'
      ? null
      : createLiveDocuments({
          ...{ projectId, engine: text, connection, me: people.me, drafts, surface },
          onArrived(path, arrived) {
            const language = editorLanguageOf(path, languages())
            const version = files.getState().entries.get(path)?.version ?? 0
            const state = { kind: 'text', version, save: savedState, live: { kind: 'saved' }, language } as const
            update(documents, path, (before) => (before.kind === 'text' ? before : state))
            if (arrived !== null) surface.current.load(path, arrived)
          },
          onState: (path, now) => update(documents, path, (state) => (state.kind === 'text' ? { ...state, live: now } : state)),
          onMoved(from, to) {
            setEntries(files, (entries) => (entries.has(from) && !entries.has(to) ? withMove(entries, from, to) : entries))
            followMove(files, from, to)
            editing.renamed(from, to)
          },
          onFiled: (path, version) => update(documents, path, (state) => (state.kind === 'text' ? { ...state, version } : state)),
          onPlaces: people.places.changed,
          onOrphan: (edit) => editing.showOrphan(edit),
          onBack: (path) => notices.info(`Changes in “${path}” that were kept on this device are back.`),
        })
  if (live !== null) people.places.read = live.placeOf
  const editing: Editing = createEditing({
    ...{ boot, api, store: documents, saver, drafts, surface, live, languages, whyNot },
    entries: () => files.getState().entries,
    tell: (message, kind) => (kind === 'error' ? notices.error(message) : notices.info(message)),
  })
  const changes = createFileChanges({
    ...{ store: files, requests: createFileRequests(api, projectId), editing, dialogs, notices, whyNot },
  })
  const executions = createExecutions({ projectId, connection, output, saveAll: editing.saveAll, tell: notices.error })

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

  const workbench: Workbench = {
    projectId,
    appearance,
    connection,
    documents,
    editing,
    executions,
    files,
    changes,
    server,
    projects: createProjects(boot, api),
    access,
    people,
    account: createAccountRequests(api),
    layout,
    dialogs,
    notices,
    cursor,
    runChoice,
    surface,
    monaco,
    search: { current: null, typed: '', fromEditor: false },
    saving,
    surfaceEvents: {
      edited: (path) => {
        lastEditMs = Date.now()
        editing.edited(path)
      },
      cursor: (at) => cursor.setState({ cursor: at }),
    },
    runTarget: () =>
      runTargetOf(files.getState().entries, server.getState().languages, documents.getState().active, runChoice.getState()),
    run() {
      if (!mayRun(access.getState())) return notices.info(whyNoRun)
      const { kind } = executions.store.getState()
      if (kind === 'running' || kind === 'starting') {
        return notices.info('It is running already. Shift+F5 stops it.')
      }
      const target = workbench.runTarget()
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
      const { entries, selected } = files.getState()
      const chosen = selected === null ? undefined : entries.get(selected)
      const into = folder ?? (chosen?.kind === 'folder' ? chosen.path : chosen === undefined ? '' : parentOf(chosen.path))
      layout.show('files')
      layout.showFiles()
      if (!layout.store.getState().sidebar) layout.toggleSidebar()
      files.setState(({ expanded }) => ({ naming: { kind, folder: into }, expanded: new Set([...expanded, into]) }))
    },
    startRename(path) {
      const reason = whyNot()
      if (reason !== null) return notices.info(reason)
      if (path === null) return
      layout.show('files')
      layout.showFiles()
      if (!layout.store.getState().sidebar) layout.toggleSidebar()
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
        return void import('../archives/archives.ts').then(({ downloadArchive }) => downloadArchive(workbench, path))
      const link = document.createElement('a')
      link.href = fileAddress(projectId, path)
      link.download = path.slice(path.lastIndexOf('/') + 1)
      void editing.save(path).then(() => link.click())
    },
    pickUploads(isFolder, into) {
      const reason = whyNot()
      if (reason !== null) return notices.info(reason)
      const { selected, entries } = files.getState()
      const chosen = selected === null ? undefined : entries.get(selected)
      const around = chosen === undefined ? '' : chosen.kind === 'folder' ? chosen.path : parentOf(chosen.path)
      void import('../files/pick-uploads.ts').then(({ pickUploads }) => pickUploads(workbench, isFolder, into ?? around))
    },
    archive(direction) {
      const reason = direction === 'import' ? whyNot() : null
      if (reason !== null) return notices.info(reason)
      void import('../archives/archives.ts').then(({ downloadArchive, pickArchive }) =>
        direction === 'download' ? downloadArchive(workbench) : pickArchive(workbench),
      )
    },
    keepsHistory: text !== 'none',
    playBack(path) {
      if (path !== null) dialogs.show({ kind: 'playback', path })
    },
    showHistory: (part, path) => dialogs.show({ kind: 'history', part, path }),
    showFiles() {
      layout.showFiles()
      focusPane('files')
    },
    showSearch(part) {
      workbench.search.fromEditor = surface.current.hasFocus()
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
    lastEditMs: () => lastEditMs,
  }
  return workbench
}
