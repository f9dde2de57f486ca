/** The people who are in the project, whether they are here now or not. */
import type { Member, SharedRole } from '@atelier/protocol/sharing'
import { useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { agoText } from '../design/amounts.ts'
import { IconButton } from '../design/Icon.tsx'
import { Avatar } from '../people/Avatar.tsx'
import { coloursOf } from '../people/colours.ts'
import { roleText } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { ListState } from './ListState.tsx'
import type { ShareRequests } from './share-requests.ts'
import { useListed } from './use-listed.ts'

export function Members({ requests }: { readonly requests: ShareRequests }) {
  const { access, people } = useWorkbench()
  const members = useListed<Member>(requests.members)
  const role = useStore(access, (state) => state.role)
  const me = useStore(people.me, (state) => state.id)
  const persons = useStore(people.store, (state) => state.persons)
  const [asked, setAsked] = useState<string | null>(null)
  const colours = useMemo(
    () =>
      coloursOf(members.items?.map(({ userId }) => userId) ?? [], new Map(persons.map(({ userId, color }) => [userId, color]))),
    [members.items, persons],
  )
  const here = new Set(persons.map(({ userId }) => userId))
  const { items, reload } = members
  // Somebody has come in while the dialog is open, or their role is another one now.
  const isStale =
    items !== null && persons.some(({ userId, role: now }) => items.find((member) => member.userId === userId)?.role !== now)
  useEffect(() => {
    if (isStale) reload()
  }, [isStale, reload])
  const isOwner = role === 'owner'
  const owner = members.items?.find((member) => member.role === 'owner')
  const change = (userId: string, wanted: SharedRole): void =>
    void members.attempt(userId, async () => {
      const changed = await requests.changeRole(userId, wanted)
      members.set((items) => items.map((member) => (member.userId === userId ? changed : member)))
    })
  const remove = (userId: string): void =>
    void members.attempt(userId, async () => {
      await requests.remove(userId)
      setAsked(null)
      if (userId === me) location.assign('/')
      else members.set((items) => items.filter((member) => member.userId !== userId))
    })
  return (
    <section className="share-part" aria-labelledby="share-members">
      <h3 id="share-members">People in this project</h3>
      {isOwner || owner === undefined ? null : (
        <p className="quiet-text">
          This project belongs to <bdi>{owner.name}</bdi>, who decides who may come in. You{' '}
          {role === 'viewer' ? 'can view it' : 'can edit it'}.
        </p>
      )}
      <ListState list={members} />
      <ul className="share-list" aria-label="People in this project">
        {members.items?.map((member) => (
          <li key={member.userId} className="share-row">
            <Avatar name={member.name} color={colours.get(member.userId) ?? ''} />
            {asked === member.userId ? (
              <>
                <span className="share-text">
                  {member.userId === me ? (
                    'Leave this project? You need a new link to come back.'
                  ) : (
                    <>
                      Remove <bdi>{member.name}</bdi>? A link that still works lets them in again.
                    </>
                  )}
                </span>
                <button type="button" className="button quiet" onClick={() => setAsked(null)}>
                  {member.userId === me ? 'Stay' : 'Keep'}
                </button>
                <button
                  type="button"
                  className="button danger"
                  disabled={members.busy !== null}
                  onClick={() => remove(member.userId)}
                >
                  {members.busy === member.userId ? <span className="spinner" /> : null}
                  {member.userId === me ? 'Leave' : 'Remove'}
                </button>
              </>
            ) : (
              <>
                <span className="share-text">
                  <strong>
                    <bdi>{member.name}</bdi>
                    {member.userId === me ? <span className="quiet-text"> (you)</span> : null}
                  </strong>
                  <small>
                    {here.has(member.userId) ? (
                      <span className="here-dot">here now</span>
                    ) : (
                      `joined ${agoText(member.joinedAt, Date.now())}`
                    )}
                  </small>
                </span>
                {isOwner && member.role !== 'owner' ? (
                  <select
                    className="input share-role"
                    aria-label={`What ${member.name} may do`}
                    value={member.role}
                    disabled={members.busy !== null}
                    onChange={(event) => change(member.userId, event.target.value === 'viewer' ? 'viewer' : 'editor')}
                  >
                    <option value="editor">{roleText.editor}</option>
                    <option value="viewer">{roleText.viewer}</option>
                  </select>
                ) : (
                  <span className="quiet-text">{roleText[member.role]}</span>
                )}
                {member.role === 'owner' ? null : isOwner ? (
                  <IconButton icon="trash" label={`Remove ${member.name}`} onClick={() => setAsked(member.userId)} />
                ) : member.userId === me ? (
                  <IconButton icon="sign-out" label="Leave this project" onClick={() => setAsked(member.userId)} />
                ) : null}
              </>
            )}
          </li>
        ))}
      </ul>
      {isOwner && members.items?.length === 1 ? (
        <p className="quiet-text">Nobody else yet. Create a link above and send it.</p>
      ) : null}
    </section>
  )
}
