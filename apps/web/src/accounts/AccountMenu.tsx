/** Whose work this is, at the top right: a guest's, which belongs to this browser, or an account's. */
import { Menu } from '@base-ui/react/menu'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { MenuButton, MenuItem, MenuLine } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { type AccountState, identityAddress } from './account.ts'
import { signOut } from './sign-out.ts'
import './accounts.css'

export function AccountMenu() {
  const { account } = useWorkbench()
  const state = useStore(account.store)
  useEffect(() => {
    // What cannot be found out now is found out when the page is opened again; nothing depends on it.
    account.load().catch(() => {})
  }, [account])
  const label = state.kind === 'account' ? `Account: ${state.login}` : 'You are a guest'
  return (
    <MenuButton
      align="end"
      trigger={
        <button type="button" className="account-button" aria-label={label} title={label}>
          <Icon name={state.kind === 'account' ? 'key' : 'person'} />
          <span className="account-name">{state.kind === 'account' ? state.login : 'Guest'}</span>
        </button>
      }
    >
      {state.kind === 'account' ? <AccountItems state={state} /> : <GuestItems />}
    </MenuButton>
  )
}

function GuestItems() {
  const { dialogs } = useWorkbench()
  return (
    <Menu.Group>
      <Menu.GroupLabel className="account-note">
        <strong>You are a guest: your work belongs to this browser.</strong> Keep it with an account, and open it anywhere.
      </Menu.GroupLabel>
      <MenuItem
        icon="key"
        text="Keep my work: make an account …"
        onClick={() => dialogs.show({ kind: 'account', part: 'claim' })}
      />
      <MenuItem text="Sign in …" onClick={() => dialogs.show({ kind: 'account', part: 'sign-in' })} />
    </Menu.Group>
  )
}

function AccountItems({ state }: { readonly state: Extract<AccountState, { kind: 'account' }> }) {
  const { login, hasPassword, admin, signInWith } = state
  const workbench = useWorkbench()
  const { dialogs } = workbench
  return (
    <Menu.Group>
      <Menu.GroupLabel className="account-note">
        Signed in as <strong>{login}</strong>
      </Menu.GroupLabel>
      <MenuItem text="Where you are signed in …" onClick={() => dialogs.show({ kind: 'account', part: 'sign-ins' })} />
      <MenuItem text="API tokens …" onClick={() => dialogs.show({ kind: 'account', part: 'tokens' })} />
      {hasPassword ? (
        <MenuItem text="Change the password …" onClick={() => dialogs.show({ kind: 'account', part: 'password' })} />
      ) : null}
      {signInWith === null ? null : (
        <MenuItem text={`Also sign in with ${signInWith} …`} onClick={() => location.assign(identityAddress('link'))} />
      )}
      {admin ? <MenuItem icon="shield" text="Administration" onClick={() => location.assign('/admin')} /> : null}
      <MenuLine />
      <MenuItem icon="sign-out" text="Sign out" onClick={() => void signOut(workbench)} />
    </Menu.Group>
  )
}
