import { useStore } from 'zustand'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { AccountForm } from './AccountForm.tsx'

export function ChangePassword() {
  const { account, dialogs, notices } = useWorkbench()
  const login = useStore(account.store, (state) => (state.kind === 'account' ? state.login : ''))
  return (
    <DialogFrame title="Change the password">
      <p className="quiet-text">All other browsers are signed out. API tokens stay as they are.</p>
      <AccountForm
        fields={[
          { name: 'present', text: 'Present password', type: 'password', autoComplete: 'current-password' },
          { name: 'next', text: 'New password', type: 'password', autoComplete: 'new-password', hint: 'At least 10 characters.' },
        ]}
        submit="Change it"
        done={async ({ present = '', next = '' }) => {
          await account.changePassword({ present, next })
          dialogs.close()
          notices.info('The password is changed, and all other browsers are signed out.')
        }}
      >
        {/* Tells a password manager whose password this is. */}
        <input
          className="visually-hidden"
          type="text"
          autoComplete="username"
          value={login}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
      </AccountForm>
    </DialogFrame>
  )
}
