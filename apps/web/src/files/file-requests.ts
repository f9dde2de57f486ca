/** What the tree asks of the server; one function per request. */
import type { FileEntry, FileTree } from '@atelier/protocol/files'
import type { Api } from '../connection/api.ts'
import { fileAddress } from '../documents/loading.ts'

export type FileRequests = {
  tree(): Promise<readonly FileEntry[]>
  read(path: string): Promise<ArrayBuffer>
  /** Makes a file; refuses when there is one. */
  create(path: string, bytes: BodyInit, signal?: AbortSignal): Promise<FileEntry>
  /** Makes or replaces a file. */
  write(path: string, bytes: BodyInit, signal?: AbortSignal): Promise<FileEntry>
  createFolder(path: string): Promise<void>
  move(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
}

const put = (bytes: BodyInit, signal: AbortSignal | undefined) => ({
  ...{ method: 'PUT' as const, body: { bytes } },
  ...(signal === undefined ? {} : { signal }),
})

export function createFileRequests(api: Api, projectId: string): FileRequests {
  const address = (path: string): string => fileAddress(projectId, path)
  const base = `/api/v1/projects/${projectId}`
  return {
    tree: async () => (await api.json<FileTree>(`${base}/files`)).items,
    read: async (path) => (await api.ask(address(path), { headers: { accept: '*/*' } })).arrayBuffer(),
    create: (path, bytes, signal) =>
      api.json<FileEntry>(address(path), { ...put(bytes, signal), headers: { 'if-none-match': '*' } }),
    write: (path, bytes, signal) => api.json<FileEntry>(address(path), put(bytes, signal)),
    createFolder: async (path) => {
      await api.ask(`${base}/folders`, { method: 'POST', body: { json: { path } } })
    },
    move: async (from, to) => {
      await api.ask(`${base}/move`, { method: 'POST', body: { json: { from, to } } })
    },
    remove: async (path) => {
      await api.ask(address(path), { method: 'DELETE' })
    },
  }
}
