/** What the history asks of the server; one function per request. */
import type {
  DeletedFile,
  DeletedFileList,
  FileVersionPage,
  LineAuthors,
  Snapshot,
  SnapshotList,
  SnapshotRestored,
} from '@atelier/protocol/history'
import { type Api, encodePath } from '../connection/api.ts'

/** A file that is there, or a deleted one by its number; the path is then what it was called. */
export type FileOf = { readonly path: string; readonly file?: number }

export type HistoryRequests = {
  versions(of: FileOf, cursor: string | null): Promise<FileVersionPage>
  bytes(of: FileOf, version: number): Promise<ArrayBuffer>
  /** Where the browser downloads it from. */
  address(of: FileOf, version: number): string
  lineAuthors(path: string): Promise<LineAuthors>
  /** null takes the name away; either way what the file has now stays a version of its own. */
  name(path: string, version: number, name: string | null): Promise<void>
  restore(path: string, version: number): Promise<void>
  deleted(): Promise<readonly DeletedFile[]>
  bringBack(path: string, file: number): Promise<void>
  snapshots(): Promise<readonly Snapshot[]>
  createSnapshot(name: string): Promise<Snapshot>
  deleteSnapshot(id: string): Promise<void>
  restoreSnapshot(id: string): Promise<SnapshotRestored>
}

export function createHistoryRequests(api: Api, projectId: string): HistoryRequests {
  const base = `/api/v1/projects/${projectId}`
  const historyOf = ({ path, file }: FileOf, more: Record<string, string>): string =>
    `${base}/history/${encodePath(path)}?${new URLSearchParams({ ...more, ...(file === undefined ? {} : { file: String(file) }) })}`
  const address = (of: FileOf, version: number): string => historyOf(of, { version: String(version) })
  const post = async (path: string, json: unknown): Promise<void> => {
    await api.ask(`${base}${path}`, { method: 'POST', body: { json } })
  }
  return {
    address,
    versions: (of, cursor) => api.json<FileVersionPage>(historyOf(of, { limit: '100', ...(cursor === null ? {} : { cursor }) })),
    bytes: async (of, version) => (await api.ask(address(of, version), { headers: { accept: '*/*' } })).arrayBuffer(),
    lineAuthors: (path) => api.json<LineAuthors>(`${base}/line-authors/${encodePath(path)}`),
    name: (path, version, name) => post('/version-names', { path, version, name }),
    restore: (path, version) => post('/restore', { path, version }),
    deleted: async () => (await api.json<DeletedFileList>(`${base}/deleted-files`)).items,
    bringBack: (path, file) => post('/restore', { path, file }),
    snapshots: async () => (await api.json<SnapshotList>(`${base}/snapshots`)).items,
    createSnapshot: (name) => api.json<Snapshot>(`${base}/snapshots`, { method: 'POST', body: { json: { name } } }),
    deleteSnapshot: async (id) => {
      await api.ask(`${base}/snapshots/${id}`, { method: 'DELETE' })
    },
    restoreSnapshot: (id) => api.json<SnapshotRestored>(`${base}/snapshots/${id}/restore`, { method: 'POST' }),
  }
}
