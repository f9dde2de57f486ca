/** What sharing asks of the server; one function per request. */
import type {
  Member,
  MemberChange,
  MemberList,
  SharedRole,
  ShareLink,
  ShareLinkCreated,
  ShareLinkCreation,
  ShareLinkList,
} from '@atelier/protocol/sharing'
import type { Api } from '../connection/api.ts'

export type ShareRequests = {
  /** For the owner. */
  links(): Promise<readonly ShareLink[]>
  /** `hours` null: the link works until it is revoked. */
  createLink(role: SharedRole, hours: number | null): Promise<ShareLinkCreated>
  revokeLink(id: string): Promise<void>
  members(): Promise<readonly Member[]>
  changeRole(userId: string, role: SharedRole): Promise<Member>
  /** Somebody else as the owner, or oneself. */
  remove(userId: string): Promise<void>
}

export function createShareRequests(api: Api, projectId: string): ShareRequests {
  const base = `/api/v1/projects/${projectId}`
  return {
    links: async () => (await api.json<ShareLinkList>(`${base}/share-links`)).items,
    createLink: (role, hours) => {
      const json: ShareLinkCreation = hours === null ? { role } : { role, expiresInHours: hours }
      return api.json<ShareLinkCreated>(`${base}/share-links`, { method: 'POST', body: { json } })
    },
    revokeLink: async (id) => {
      await api.ask(`${base}/share-links/${id}`, { method: 'DELETE' })
    },
    members: async () => (await api.json<MemberList>(`${base}/members`)).items,
    changeRole: (userId, role) => {
      const json: MemberChange = { role }
      return api.json<Member>(`${base}/members/${userId}`, { method: 'PATCH', body: { json } })
    },
    remove: async (userId) => {
      await api.ask(`${base}/members/${userId}`, { method: 'DELETE' })
    },
  }
}
