/** The owner's links: make one, give it away, see which work, revoke them. */
import type { SharedRole, ShareLink, ShareLinkCreated } from '@atelier/protocol/sharing'
import { useState } from 'react'
import { useStore } from 'zustand'
import { agoText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { NewLink } from './NewLink.tsx'
import type { ShareRequests } from './share-requests.ts'
import { untilText } from './until-text.ts'
import { useListed } from './use-listed.ts'

/** `null`: it works until it is revoked. The first is the usual one. */
const lives = [
  { hours: 24 * 7, text: 'for 7 days' },
  { hours: 1, text: 'for 1 hour' },
  { hours: 24, text: 'for 1 day' },
  { hours: 24 * 30, text: 'for 30 days' },
  { hours: null, text: 'until revoked' },
] as const

const roles: readonly { readonly role: SharedRole; readonly text: string }[] = [
  { role: 'editor', text: 'can edit and run' },
  { role: 'viewer', text: 'can view' },
]

export function Links({ requests }: { readonly requests: ShareRequests }) {
  const links = useListed<ShareLink>(requests.links)
  const isPrivate = useStore(useWorkbench().projects.store, (state) => state.current.visibility === 'private')
  const [role, setRole] = useState<SharedRole>('editor')
  const [life, setLife] = useState(0)
  const [created, setCreated] = useState<ShareLinkCreated | null>(null)
  const create = (): void =>
    void links.attempt('new', async () => {
      const link = await requests.createLink(role, lives[life]?.hours ?? null)
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
      <form
        className="share-form"
        onSubmit={(event) => {
          event.preventDefault()
          create()
        }}
      >
        <label className="field">
          <span>Who comes with it</span>
          <select
            className="input"
            value={role}
            onChange={(event) => setRole(event.target.value === 'viewer' ? 'viewer' : 'editor')}
          >
            {roles.map((each) => (
              <option key={each.role} value={each.role}>
                {each.text}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>It works</span>
          <select className="input" value={life} onChange={(event) => setLife(Number(event.target.value))}>
            {lives.map(({ text }, index) => (
              <option key={text} value={index}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary" disabled={links.busy !== null}>
          {links.busy === 'new' ? <span className="spinner" /> : <Icon name="link" />}
          Create link
        </button>
      </form>
      {created === null ? null : <NewLink key={created.id} link={created} />}
      {links.problem === null ? null : (
        <p className="error-text" role="alert">
          {links.problem}{' '}
          {links.items === null ? (
            <button type="button" className="button quiet" onClick={links.reload}>
              Try again
            </button>
          ) : null}
        </p>
      )}
      {links.items === null && links.problem === null ? <span className="spinner" /> : null}
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
