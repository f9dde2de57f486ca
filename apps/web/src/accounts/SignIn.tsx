/** Signing in. Whoever is a guest with projects decides, once the password was right, what becomes of them. */
import type { SignIn as Wanted } from '@atelier/protocol/accounts'
import { useState } from 'react'
import { useStore } from 'zustand'
import { ApiProblem, messageOf } from '../connection/api.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { AccountForm } from './AccountForm.tsx'
import { identityAddress } from './account.ts'

export function SignIn() {
  const { account, dialogs, editing } = useWorkbench()
  const signInWith = useStore(account.store, (state) => (state.kind === 'unknown' ? null : state.signInWith))
  const [undecided, setUndecided] = useState<Wanted | null>(null)
  const enter = async (wanted: Wanted): Promise<void> => {
    await editing.saveAll()
    await account.signIn(wanted)
    // Another user from here on: nothing of the page may stay. This project is theirs too when it moved along.
    if (wanted.merge === true) location.reload()
    else location.assign('/')
  }
  if (undecided !== null) return <Decide wanted={undecided} enter={enter} />
  return (
    <DialogFrame title="Sign in">
      <AccountForm
        fields={[
          { name: 'login', text: 'User name or e-mail address', autoComplete: 'username' },
          { name: 'password', text: 'Password', type: 'password', autoComplete: 'current-password' },
        ]}
        submit="Sign in"
        done={async ({ login = '', password = '' }) => {
          try {
            await enter({ login, password })
          } catch (error) {
            if (!(error instanceof ApiProblem) || error.code !== 'merge-undecided') throw error
            setUndecided({ login, password })
          }
        }}
      />
      {signInWith === null ? null : <WithIdentity name={signInWith} />}
      <button type="button" className="link-button" onClick={() => dialogs.show({ kind: 'account', part: 'claim' })}>
        I have no account yet: keep my work
      </button>
    </DialogFrame>
  )
}

/** The other way in. What is here is decided before: the page is left, and comes back as the account. */
function WithIdentity({ name }: { readonly name: string }) {
  const { editing } = useWorkbench()
  const [merges, setMerges] = useState(true)
  const go = async (): Promise<void> => {
    await editing.saveAll()
    location.assign(identityAddress(merges ? 'merge' : 'leave'))
  }
  return (
    <div className="account-identity">
      <label>
        <input type="checkbox" checked={merges} onChange={(event) => setMerges(event.target.checked)} /> Take along what I have
        made here as a guest
      </label>
      <button type="button" className="button" onClick={() => void go()}>
        Sign in with {name}
      </button>
    </div>
  )
}

function Decide({ wanted, enter }: { readonly wanted: Wanted; readonly enter: (wanted: Wanted) => Promise<void> }) {
  const { dialogs } = useWorkbench()
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const decide = async (merge: boolean): Promise<void> => {
    setIsBusy(true)
    setProblem(null)
    try {
      await enter({ ...wanted, merge })
    } catch (error) {
      setProblem(messageOf(error))
      setIsBusy(false)
    }
  }
  return (
    <DialogFrame title="What becomes of your work here?">
      <p>In this browser you are a guest with projects. Shall they move into the account?</p>
      <p className="quiet-text">What is left behind belongs to nobody any more and cannot be opened again.</p>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => dialogs.close()}>
          Stay a guest
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={() => void decide(false)}>
          Leave them behind
        </button>
        <button type="button" className="button primary" disabled={isBusy} onClick={() => void decide(true)}>
          Move them into the account
        </button>
      </div>
    </DialogFrame>
  )
}
