/** A project with people in every role, and with everything in it that the API has an address for. */
import assert from 'node:assert/strict'
import { AssignmentWithLink } from '@atelier/protocol/assignments'
import { Snapshot } from '@atelier/protocol/history'
import { Project } from '@atelier/protocol/projects'
import { Session } from '@atelier/protocol/sessions'
import { ShareLinkCreated } from '@atelier/protocol/sharing'
import { Guest } from './guest.ts'
import type { ServerUnderTest } from './server-under-test.ts'

export const roles = ['stranger', 'viewer', 'editor', 'owner'] as const
export type Role = (typeof roles)[number]

export type Company = {
  readonly url: string
  readonly id: string
  readonly at: string
  readonly link: ShareLinkCreated
  /** A viewer beside the four. */
  readonly guestId: string
  /** It runs, and is that viewer's. */
  readonly executionId: string
  readonly snapshotId: string
  readonly assignment: AssignmentWithLink
}

export type People = Readonly<Record<Role | 'other', Guest>> & { readonly otherId: string; readonly executionId: string }

export async function invitePeople(server: ServerUnderTest): Promise<People> {
  const [stranger, viewer, editor, owner, other] = await Promise.all(Array.from({ length: 5 }, () => Guest.of(server)))
  assert.ok(stranger && viewer && editor && owner && other)
  const otherId = Session.parse(await (await other.ask('/api/v1/session')).json()).user?.id ?? ''
  const executionId = (await other.start('input()', { limits: { wallMs: 300_000 } })).id
  return { stranger, viewer, editor, owner, other, otherId, executionId }
}

async function answer<Answer>(shape: { parse(json: unknown): Answer }, response: Promise<Response>): Promise<Answer> {
  const text = await (await response).text()
  return shape.parse(JSON.parse(text))
}

/** A project with everybody in it, and a link. */
export async function newCompany(people: People): Promise<Company> {
  const { id } = await answer(Project, people.owner.ask('/api/v1/projects', { json: { name: 'Ours' } }))
  const at = `/api/v1/projects/${id}`
  await people.owner.ask(`${at}/files/main.py`, { method: 'PUT', body: 'print(1)' })
  const share = (role: string) => answer(ShareLinkCreated, people.owner.ask(`${at}/share-links`, { json: { role } }))
  const [viewing, editing] = [await share('viewer'), await share('editor')]
  const join = (who: Guest, { token }: ShareLinkCreated) => who.ask(`/api/v1/share-links/${token}/join`, { method: 'POST' })
  for (const [who, link] of [
    [people.viewer, viewing],
    [people.other, viewing],
    [people.editor, editing],
  ] as const)
    assert.equal((await join(who, link)).status, 200)
  await editTogether(people.owner, `${at}/yjs/main.py`)
  const { id: snapshotId } = await answer(Snapshot, people.owner.ask(`${at}/snapshots`, { json: { name: 'Begun' } }))
  const assignment = await answer(AssignmentWithLink, people.owner.ask(`${at}/assignments`, { json: {} }))
  const { otherId: guestId, executionId } = people
  return { url: people.owner.url, id, at, link: viewing, guestId, executionId, snapshotId, assignment }
}

/** Opens a document, so that it has a history. */
async function editTogether({ url, token }: Guest, path: string): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}?token=${token}`)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  socket.close()
}

/** All that can be changed, as the owner sees it. */
export async function everythingIn({ owner }: People, { at }: Company): Promise<string> {
  const parts = ['', '/files', '/members', '/share-links'].map(async (part) => (await owner.ask(at + part)).text())
  return (await Promise.all(parts)).join('\n')
}
