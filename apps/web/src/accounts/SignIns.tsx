import { useCallback } from 'react'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'

export function SignIns() {
  const { account, dialogs, editing } = useWorkbench()
  const list = useListed(useCallback(() => account.signIns(), [account]))
  const end = (id: string) =>
    list.attempt(id, async () => {
      await account.endSignIn(id)
      list.reload()
    })
  const endAll = () =>
    list.attempt('all', async () => {
      await editing.saveAll()
      await account.signOutEverywhere()
      location.assign('/')
    })
  return (
    <DialogFrame title="Where you are signed in" className="wide">
      {list.problem === null ? null : (
        <p className="error-text" role="alert">
          {list.problem}
        </p>
      )}
      {list.items === null ? (
        list.problem === null ? (
          <span className="spinner" />
        ) : null
      ) : (
        <ul className="account-list" aria-label="Browsers">
          {list.items.map(({ id, device, current, createdAt, lastUsedAt }) => (
            <li key={id}>
              <span className="account-text">
                <strong>{device}</strong>
                <small>
                  {current ? 'This browser' : `Last used ${whenOf(lastUsedAt)}`} · since {whenOf(createdAt)}
                </small>
              </span>
              {current ? null : (
                <button
                  type="button"
                  className="button"
                  disabled={list.busy !== null}
                  aria-label={`Sign out ${device}, last used ${whenOf(lastUsedAt)}`}
                  onClick={() => void end(id)}
                >
                  Sign out
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="dialog-actions">
        <button type="button" className="button danger" disabled={list.busy !== null} onClick={() => void endAll()}>
          Sign out everywhere
        </button>
        {/* biome-ignore lint/a11y/noAutofocus: else the first key would be for the button that signs out everywhere */}
        <button type="button" className="button primary" autoFocus onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </DialogFrame>
  )
}

export const whenOf = (at: string): string => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
