/** API tokens: what there is, a new one, and the one moment in which that can be seen. */
import type { ApiTokenCreated, TokenScope } from '@atelier/protocol/accounts'
import { type FormEvent, useCallback, useState } from 'react'
import { useStore } from 'zustand'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { ShownOnce } from '../sharing/ShownOnce.tsx'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'
import { whenOf } from './SignIns.tsx'

const scopes: readonly { readonly scope: TokenScope; readonly text: string }[] = [
  { scope: 'read', text: 'Read: look at everything that is yours' },
  { scope: 'write', text: 'Write: change projects and files' },
  { scope: 'run', text: 'Run: start and steer programs' },
  { scope: 'git', text: 'Git: pull and push with the tokens that you stored for other git servers' },
  { scope: 'admin', text: 'Admin: what you may do as an administrator' },
]
const lives = [7, 30, 90, 365] as const

export function Tokens() {
  const { account, dialogs } = useWorkbench()
  const isAdmin = useStore(account.store, (state) => state.kind === 'account' && state.admin)
  const list = useListed(useCallback(() => account.tokens(), [account]))
  const [created, setCreated] = useState<ApiTokenCreated | null>(null)
  const create = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const chosen = scopes.flatMap(({ scope }) => (data.has(scope) ? [scope] : []))
    const days = Number(data.get('days'))
    void list.attempt('new', async () => {
      if (chosen.length === 0) throw new Error('Choose at least one thing that the token may do.')
      const wanted = { name: String(data.get('name') ?? ''), scopes: chosen }
      const made = await account.createToken(days === 0 ? wanted : { ...wanted, expiresInDays: days })
      setCreated(made)
      // Asked again, so that an answer from before does not hide it.
      list.reload()
      form.reset()
    })
  }
  const revoke = (id: string) =>
    list.attempt(id, async () => {
      await account.revokeToken(id)
      list.reload()
      if (created?.id === id) setCreated(null)
    })
  return (
    <DialogFrame title="API tokens" className="wide account-tokens">
      <p className="quiet-text">
        Scripts send one as “Authorization: Bearer …” and act for you. What concerns the account itself is open to no token.
      </p>
      {created === null ? null : (
        <div className="new-link">
          <ShownOnce key={created.id} what="token" text={created.token} hint="Copy it now: it is shown only this once." />
        </div>
      )}
      <form className="dialog-form" onSubmit={create}>
        <label className="field">
          <span>Name</span>
          <input className="input" name="name" required maxLength={40} autoComplete="off" placeholder="What it is for" />
        </label>
        <fieldset className="account-scopes">
          <legend>It may</legend>
          {scopes
            .filter(({ scope }) => scope !== 'admin' || isAdmin)
            .map(({ scope, text }) => (
              <label key={scope}>
                <input type="checkbox" name={scope} defaultChecked={scope === 'read'} /> {text}
              </label>
            ))}
        </fieldset>
        <label className="field">
          <span>It works for</span>
          <select className="input" name="days" defaultValue="90">
            {lives.map((days) => (
              <option key={days} value={days}>
                {days} days
              </option>
            ))}
            <option value="0">ever, until it is revoked</option>
          </select>
        </label>
        {list.problem === null ? null : (
          <p className="error-text" role="alert">
            {list.problem}
          </p>
        )}
        <div className="dialog-actions">
          <button type="submit" className="button" disabled={list.busy !== null}>
            Make a token
          </button>
        </div>
      </form>
      {list.items === null ? (
        list.problem === null ? (
          <span className="spinner" />
        ) : null
      ) : list.items.length === 0 ? (
        <p className="quiet-text">You have no token.</p>
      ) : (
        <ul className="account-list" aria-label="Tokens">
          {list.items.map(({ id, name, scopes: may, expiresAt, lastUsedAt }) => (
            <li key={id}>
              <span className="account-text">
                <strong>{name}</strong>
                <small>
                  {may.join(', ')} · {expiresAt === null ? 'until revoked' : `until ${whenOf(expiresAt)}`} ·{' '}
                  {lastUsedAt === null ? 'never used' : `used ${whenOf(lastUsedAt)}`}
                </small>
              </span>
              <button
                type="button"
                className="button"
                disabled={list.busy !== null}
                aria-label={`Revoke ${name}`}
                onClick={() => void revoke(id)}
              >
                Revoke
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </DialogFrame>
  )
}
