/** What source control asks of the server; one function per request. */
import type {
  GitCommit,
  GitCommitChanges,
  GitExportSetting,
  GitExportState,
  GitIdentity,
  GitImported,
  GitLog,
  GitOverview,
  GitPulled,
  GitPushed,
  GitStatus,
  GitSwitched,
  GitTokenList,
} from '@atelier/protocol/git'
import { type Api, ApiProblem, encodePath } from '../connection/api.ts'

export type GitRequests = {
  overview(): Promise<GitOverview>
  status(): Promise<GitStatus>
  commit(message: string, paths: readonly string[] | null): Promise<GitCommit>
  log(cursor: string | null): Promise<GitLog>
  show(commit: string): Promise<GitCommitChanges>
  /** The file as it is in a commit, or, without one, in the project; null: it is not there. */
  content(commit: string | null, path: string): Promise<ArrayBuffer | null>
  createBranch(name: string): Promise<void>
  deleteBranch(name: string): Promise<void>
  switchTo(branch: string): Promise<GitSwitched>
  importUrl(url: string): Promise<GitImported>
  importBundle(file: File): Promise<GitImported>
  push(url: string, branch: string): Promise<GitPushed>
  pull(url: string, branch: string): Promise<GitPulled>
  /** Where the browser downloads everything from. */
  readonly bundleAddress: string
  setIdentity(identity: GitIdentity): Promise<void>
  tokens(): Promise<GitTokenList>
  storeToken(host: string, username: string, token: string): Promise<void>
  removeToken(host: string): Promise<void>
  setExport(setting: GitExportSetting): Promise<GitExportState>
  stopExport(): Promise<void>
}

export function createGitRequests(api: Api, projectId: string): GitRequests {
  const project = `/api/v1/projects/${projectId}`
  const base = `${project}/git`
  const tell = async (path: string, method: 'POST' | 'PUT' | 'DELETE', json?: unknown): Promise<void> => {
    await api.ask(path, { method, ...(json === undefined ? {} : { body: { json } }) })
  }
  const post = <T>(path: string, json: unknown): Promise<T> => api.json<T>(`${base}${path}`, { method: 'POST', body: { json } })
  const tokenOf = (host: string): string => `/api/v1/git/tokens/${encodeURIComponent(host)}`
  return {
    overview: () => api.json(base),
    status: () => api.json(`${base}/status`),
    commit: (message, paths) => post('/commits', { message, ...(paths === null ? {} : { paths }) }),
    log: (cursor) => api.json(`${base}/commits?limit=50${cursor === null ? '' : `&cursor=${cursor}`}`),
    show: (commit) => api.json(`${base}/commits/${commit}`),
    async content(commit, path) {
      const address =
        commit === null ? `${project}/files/${encodePath(path)}` : `${base}/content?${new URLSearchParams({ commit, path })}`
      try {
        return await (await api.ask(address, { headers: { accept: '*/*' } })).arrayBuffer()
      } catch (error) {
        if (error instanceof ApiProblem && error.code === 'not-found') return null
        throw error
      }
    },
    createBranch: (name) => tell(`${base}/branches`, 'POST', { name }),
    deleteBranch: (name) => tell(`${base}/branches?name=${encodeURIComponent(name)}`, 'DELETE'),
    switchTo: (branch) => post('/switch', { branch }),
    importUrl: (url) => post('/import', { url }),
    importBundle: (file) =>
      api.json(`${base}/bundle`, { method: 'POST', body: { bytes: file, type: 'application/octet-stream' } }),
    pull: (url, branch) => post('/pull', { ...(url === '' ? {} : { url }), ...(branch === '' ? {} : { branch }) }),
    push: (url, branch) => post('/push', { ...(url === '' ? {} : { url }), ...(branch === '' ? {} : { branch }) }),
    bundleAddress: `${base}/bundle`,
    setIdentity: (identity) => tell('/api/v1/git/identity', 'PUT', identity),
    tokens: () => api.json('/api/v1/git/tokens'),
    storeToken: (host, username, token) => tell(tokenOf(host), 'PUT', { ...(username === '' ? {} : { username }), token }),
    removeToken: (host) => tell(tokenOf(host), 'DELETE'),
    setExport: (setting) => api.json(`${base}/export`, { method: 'PUT', body: { json: setting } }),
    stopExport: () => tell(`${base}/export`, 'DELETE'),
  }
}
