/**
 * The parts of the page, put together once. Nothing else constructs them; what needs one gets it from here. The server makes them
 * too, to render the first page: then nothing talks to anybody.
 */
import type { PageBoot } from '@atelier/protocol/page-boot'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { type AccountRequests, createAccountRequests } from '../accounts/account.ts'
import { type Appearance, createAppearance } from '../appearance/appearance.ts'
import { type Connection, createConnection } from '../connection/connection.ts'
import { createDocumentsStore, type DocumentsStore, update } from '../documents/documents.ts'
import { type Drafts, openDrafts } from '../documents/drafts.ts'
import { createEditing, type Editing } from '../documents/editing.ts'
import { createLiveDocuments } from '../documents/live-documents.ts'
import { savedState } from '../documents/save-state.ts'
import { createSaver } from '../documents/saver.ts'
import { absentSurface } from '../editor/absent-surface.ts'
import type { MonacoSurface } from '../editor/monaco/monaco-surface.ts'
import { createCursorStore, type SurfaceEvents, type TextSurface } from '../editor/surface.ts'
import { createExecutions, type Executions } from '../executions/executions.ts'
import type { RunChoice } from '../executions/run-target.ts'
import { createFileChanges, type FileChanges } from '../files/changing.ts'
import { createFileRequests } from '../files/file-requests.ts'
import { createFilesStore, type FilesStore, followMove, setEntries } from '../files/files.ts'
import { withEntry, withMove } from '../files/tree.ts'
import { editorLanguageOf } from '../languages/editor-languages.ts'
import { createServerStore, type ServerStore } from '../languages/server-news.ts'
import { createDialogs, type Dialogs } from '../layout/dialogs.ts'
import { createLayout, type Layout } from '../layout/layout.ts'
import { createNotices, type Notices } from '../layout/notices.ts'
import { createPeople, type People } from '../people/people.ts'
import { type Access, createAccess, mayWrite, whyViewOnly } from '../projects/access.ts'
import { createProjects, type Projects } from '../projects/projects.ts'
import type { Search } from '../search/search.ts'

export type Parts = {
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
  /** Whether the server keeps how files came about. */
  readonly keepsHistory: boolean
  /** When the text was last changed by typing; 0 for never. */
  lastEditMs(): number
}

const absentDrafts: Drafts = { keep: async () => false, remove: async () => {}, orphans: async () => [] }

export function createParts(boot: PageBoot): Parts {
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

  return {
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
    keepsHistory: text !== 'none',
    lastEditMs: () => lastEditMs,
  }
}
