/**
 * Channel `project:<id>` of a tab's socket: who has the project open on this server, and what changes in its tree. Access is looked at when
 * the channel opens and after every change of it, so whoever is removed hears nothing more.
 */
import { randomBytes } from 'node:crypto'
import { Refusal } from '@atelier/protocol/errors'
import { isPath } from '@atelier/protocol/files'
import { channelOfProject, Here, type Person } from '@atelier/protocol/presence'
import type { Access, ProjectRole } from '../access/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Projects } from '../projects/projects.ts'
import { noSuchProject } from '../projects/refusals.ts'
import type { Channel, ChannelKind, ChannelSink } from '../sockets/tab-socket.ts'
import { type Occupant, ProjectRoom } from './project-room.ts'

export type PresenceOptions = {
  readonly access: Pick<Access, 'followRole'>
  readonly accounts: Pick<Accounts, 'describe' | 'onRename'>
  readonly projects: Pick<Projects, 'onChange'>
}

export type Presence = ChannelKind & {
  /** On this server. */
  peopleIn(projectId: string): readonly Person[]
  /** Calls back after every change of who is in a project, and at which file. Returns what stops it. */
  onPeople(listener: (projectId: string) => void): () => void
  close(): void
}

const prefix = channelOfProject('')

export function createPresence({ access, accounts, projects }: PresenceOptions): Presence {
  /** Those that somebody is in. */
  const rooms = new Map<string, ProjectRoom>()
  const listeners = new Set<(projectId: string) => void>()
  const tell = (projectId: string): void => {
    for (const listener of listeners) listener(projectId)
  }
  const stops = [
    projects.onChange(({ projectId, project, ...change }) => {
      if (project === null) rooms.get(projectId)?.tell({ type: 'changed', ...change })
      else rooms.get(projectId)?.tellProject({ type: 'project', ...project })
    }),
    accounts.onRename((userId, name) => {
      for (const room of rooms.values()) room.rename(userId, name)
    }),
  ]

  async function open(projectId: string, userId: string, sink: ChannelSink): Promise<Channel> {
    let role: ProjectRole | null = null
    let here: { readonly room: ProjectRoom; readonly occupant: Occupant } | null = null
    const followed = await access.followRole(projectId, userId, (next) => {
      role = next
      if (next !== null) return here?.room.change(here.occupant, { role: next })
      close()
      sink.end(noSuchProject())
    })
    role = followed.role
    const close = (): void => {
      followed.stop()
      if (here === null) return
      const { room, occupant } = here
      here = null
      room.leave(occupant)
      if (room.isEmpty && rooms.get(projectId) === room) rooms.delete(projectId)
    }
    const enter = async (): Promise<void> => {
      const user = role === null ? null : await accounts.describe(userId)
      // Asked again: it may have been taken away meanwhile.
      if (role === null || user === null) throw noSuchProject()
      const room = rooms.get(projectId) ?? new ProjectRoom(() => tell(projectId))
      const connection = randomBytes(9).toString('base64url')
      here = { room, occupant: room.enter({ connection, userId, name: user.name, role }, sink) }
      rooms.set(projectId, room)
    }
    try {
      await enter()
    } catch (error) {
      close()
      throw error
    }
    return {
      close,
      async receive(message) {
        const { path, activity = null } = parseHere(message)
        here?.room.change(here.occupant, { path, activity })
      },
    }
  }

  return {
    matches: (channel) => (channel.startsWith(prefix) ? channel.slice(prefix.length).toLowerCase() : null),
    open: ({ userId, id }, sink) => open(id, userId, sink),
    peopleIn: (projectId) => rooms.get(projectId)?.people ?? [],
    onPeople(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      for (const stop of stops) stop()
    },
  }
}

function parseHere(message: unknown): Here {
  const parsed = Here.safeParse(message)
  if (!parsed.success)
    throw new Refusal('invalid-request', 'This channel takes {"type":"here","path":…,"activity":…} and nothing else.')
  const { path, activity } = parsed.data
  if (path !== null && !isPath(path))
    throw new Refusal('invalid-path', 'No file can have this path. Send the one that is open, or null.')
  if (activity !== undefined && !/^[a-z]+$/.test(activity))
    throw new Refusal('invalid-request', 'The activity is one word in small letters, such as "typing".')
  return parsed.data
}
