/** What handing out asks of the server; one function per request. */
import type {
  Assignment,
  AssignmentChange,
  AssignmentCreation,
  AssignmentList,
  AssignmentWithLink,
} from '@atelier/protocol/assignments'
import type { Api } from '../connection/api.ts'

export type AssignmentRequests = {
  list(): Promise<readonly Assignment[]>
  create(wanted: AssignmentCreation): Promise<AssignmentWithLink>
  change(id: string, wanted: AssignmentChange): Promise<Assignment>
  renewLink(id: string): Promise<AssignmentWithLink>
  revokeLink(id: string): Promise<void>
  /** The forks stay with the students. */
  end(id: string): Promise<void>
}

export function createAssignmentRequests(api: Api, projectId: string): AssignmentRequests {
  const ofProject = `/api/v1/projects/${projectId}/assignments`
  const of = (id: string): string => `/api/v1/assignments/${id}`
  return {
    list: async () => (await api.json<AssignmentList>(ofProject)).items,
    create: (json) => api.json<AssignmentWithLink>(ofProject, { method: 'POST', body: { json } }),
    change: (id, json) => api.json<Assignment>(of(id), { method: 'PATCH', body: { json } }),
    renewLink: (id) => api.json<AssignmentWithLink>(`${of(id)}/link`, { method: 'POST' }),
    revokeLink: async (id) => {
      await api.ask(`${of(id)}/link`, { method: 'DELETE' })
    },
    end: async (id) => {
      await api.ask(of(id), { method: 'DELETE' })
    },
  }
}
