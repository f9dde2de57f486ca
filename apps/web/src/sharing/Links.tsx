/** The owner's links: make one, give it away, see which work, revoke them. */
import type { SharedRole, ShareLink, ShareLinkCreated } from '@atelier/protocol/sharing'
import { useState } from 'react'
import { useStore } from 'zustand'
import { agoText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { LinkForm, type LinkLife } from './LinkForm.tsx'
import { ListState } from './ListState.tsx'
import { NewLink } from './NewLink.tsx'
import type { ShareRequests } from './share-requests.ts'
import { untilText } from './until-text.ts'
import { useListed } from './use-listed.ts'

const lives: readonly LinkLife[] = [
  { hours: 24 * 7, text: 'for 7 days' },
  { hours: 1, text: 'for 1 hour' },
  { hours: 24, text: 'for 1 day' },
  { hours: 24 * 30, text: 'for 30 days' },
  { hours: null, text: 'until revoked' },
]

export function Links({ requests }: { readonly requests: ShareRequests }) {
  const links = useListed<ShareLink>(requests.links)
  const isPrivate = useStore(useWorkbench().projects.store, (state) => state.current.visibility === 'private')
  const [created, setCreated] = useState<ShareLinkCreated | null>(null)
  const create = (role: SharedRole, hours: number | null): void =>
    void links.attempt('new', async () => {
      const link = await requests.createLink(role, hours)
      setCreated(link)
      links.set((items) => [link, ...items])
    })
  const revoke = (id: string): void =>
    void links.attempt(id, async () => {
      await requests.revokeLink(id)
      links.set((items) => items.filter((link) => link.id !== id))
      setCreated((shown) => (shown?.id === id ? null : shown))
    })
  return (
    <section className="share-part" aria-labelledby="share-links">
      <h3 id="share-links">Invite with a link</h3>
      <LinkForm
        roleLabel="Who comes with it"
        roles={['editor', 'viewer']}
        lifeLabel="It works"
        lives={lives}
        busy={links.busy}
        onCreate={create}
      />
      {created === null ? null : <NewLink key={created.id} link={created} />}
      <ListState list={links} />
      {links.items?.length === 0 ? (
        <p className="quiet-text">No link works now.{isPrivate ? ' Only people who are in the project can open it.' : ''}</p>
      ) : null}
      {links.items === null || links.items.length === 0 ? null : (
        <ul className="share-list" aria-label="Links that work">
          {links.items.map((link) => (
            <li key={link.id} className="share-row">
              <Icon name="link" />
              <span className="share-text">
                <strong>{link.role === 'editor' ? 'Can edit and run' : 'Can view'}</strong>
                <small>
                  made {agoText(link.createdAt, Date.now())} · {untilText(link.expiresAt, Date.now())} ·{' '}
                  {link.lastUsedAt === null ? 'not used yet' : `last used ${agoText(link.lastUsedAt, Date.now())}`}
                </small>
              </span>
              <button type="button" className="button quiet" disabled={links.busy !== null} onClick={() => revoke(link.id)}>
                {links.busy === link.id ? <span className="spinner" /> : null}
                Revoke
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
