import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { AccountForm } from './AccountForm.tsx'

export function Claim() {
  const { account, dialogs, notices } = useWorkbench()
  return (
    <DialogFrame title="Keep your work">
      <p className="quiet-text">
        Everything that you have made here becomes your account’s: projects, runs, and what is open. Nothing is sent to the
        address; keep the password well: only who administers this server can give you another one.
      </p>
      <AccountForm
        fields={[
          {
            name: 'login',
            text: 'User name or e-mail address',
            autoComplete: 'username',
            hint: 'To sign in with. Others see your display name.',
          },
          { name: 'password', text: 'Password', type: 'password', autoComplete: 'new-password', hint: 'At least 10 characters.' },
        ]}
        submit="Make the account"
        done={async ({ login = '', password = '' }) => {
          await account.claim({ login, password })
          dialogs.close()
          notices.info(`Your work is kept. You can sign in as ${login.trim()} in any browser.`)
        }}
      />
      <button type="button" className="link-button" onClick={() => dialogs.show({ kind: 'account', part: 'sign-in' })}>
        I have an account: sign in
      </button>
    </DialogFrame>
  )
}
