/** The person's projects: list, make, rename, delete. Opening one is going to its address. */
import type { PageBoot } from '@atelier/protocol/page-boot'
import type {
  ForkCreation,
  Project,
  ProjectChange,
  ProjectPage,
  Template,
  TemplateList,
  Visibility,
} from '@atelier/protocol/projects'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Api } from '../connection/api.ts'

export type ProjectsState = {
  readonly current: Project
  /** Null until they were asked for. */
  readonly all: readonly Project[] | null
  readonly templates: readonly Template[] | null
}

export type Projects = {
  readonly store: StoreApi<ProjectsState>
  refresh(): Promise<void>
  /** Those of everybody that are public; the newest hundred. */
  listPublic(): Promise<readonly Project[]>
  loadTemplates(): Promise<void>
  create(name: string, template: string | null): Promise<Project>
  rename(id: string, name: string): Promise<void>
  /** Of the open one. */
  show(visibility: Visibility): Promise<void>
  /** Somebody has changed the open one. */
  changed(change: Pick<Project, 'name' | 'visibility'>): void
  /** A project of one’s own with the files of the open one. */
  fork(): Promise<Project>
  remove(id: string): Promise<void>
}

export const projectAddress = (id: string): string => `/projects/${id}`
const mostPages = 20

export function createProjects(boot: PageBoot, api: Api): Projects {
  const store = createStore<ProjectsState>(() => ({ current: boot.project, all: null, templates: null }))
  const refresh = async (): Promise<void> => {
    const all: Project[] = []
    let cursor: string | null = null
    for (let page = 0; page < mostPages; page += 1) {
      const answer: ProjectPage = await api.json(
        `/api/v1/projects?limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      all.push(...answer.items)
      cursor = answer.nextCursor
      if (cursor === null) break
    }
    store.setState({ all })
  }
  return {
    store,
    refresh,
    listPublic: async () => (await api.json<ProjectPage>('/api/v1/projects?list=public&limit=100')).items,
    async loadTemplates() {
      if (store.getState().templates === null)
        store.setState({ templates: (await api.json<TemplateList>('/api/v1/templates')).items })
    },
    create: (name, template) =>
      api.json<Project>('/api/v1/projects', {
        method: 'POST',
        body: { json: { name, ...(template === null ? {} : { template }) } },
      }),
    async rename(id, name) {
      const project = await api.json<Project>(`/api/v1/projects/${id}`, { method: 'PATCH', body: { json: { name } } })
      store.setState(({ current, all }) => ({
        current: current.id === id ? project : current,
        all: all?.map((each) => (each.id === id ? project : each)) ?? null,
      }))
    },
    async show(visibility) {
      const json: ProjectChange = { visibility }
      const current = await api.json<Project>(`/api/v1/projects/${boot.project.id}`, { method: 'PATCH', body: { json } })
      store.setState({ current })
    },
    changed: (change) => store.setState(({ current }) => ({ current: { ...current, ...change } })),
    fork: () => {
      const json: ForkCreation = {}
      return api.json<Project>(`/api/v1/projects/${boot.project.id}/forks`, { method: 'POST', body: { json } })
    },
    async remove(id) {
      await api.ask(`/api/v1/projects/${id}`, { method: 'DELETE' })
      store.setState(({ all }) => ({ all: all?.filter((each) => each.id !== id) ?? null }))
    },
  }
}
