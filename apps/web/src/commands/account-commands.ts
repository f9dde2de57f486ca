/** What the account's menu offers, by name: other things for a guest than for somebody with an account. */
import type { AccountState } from '../accounts/account.ts'
import { signOut } from '../accounts/sign-out.ts'
import type { Workbench } from '../workbench/workbench.ts'
import type { Command } from './commands.ts'

type Account = Extract<AccountState, { kind: 'account' }>

const isGuest = ({ account }: Workbench): boolean => account.store.getState().kind === 'guest'
const has =
  (what: (account: Account) => boolean) =>
  ({ account }: Workbench): boolean => {
    const state = account.store.getState()
    return state.kind === 'account' && what(state)
  }
const always = (): boolean => true

export const accountCommands: readonly Command[] = [
  {
    id: 'claim',
    title: 'Keep my work: make an account …',
    group: 'Account',
    otherNames: 'register sign up password login',
    when: isGuest,
    run: (w) => w.dialogs.show({ kind: 'account', part: 'claim' }),
  },
  {
    id: 'sign-in',
    title: 'Sign in …',
    group: 'Account',
    otherNames: 'login log in',
    when: isGuest,
    run: (w) => w.dialogs.show({ kind: 'account', part: 'sign-in' }),
  },
  {
    id: 'sign-ins',
    title: 'Where you are signed in …',
    group: 'Account',
    otherNames: 'sessions devices',
    when: has(always),
    run: (w) => w.dialogs.show({ kind: 'account', part: 'sign-ins' }),
  },
  {
    id: 'tokens',
    title: 'API tokens …',
    group: 'Account',
    otherNames: 'keys',
    when: has(always),
    run: (w) => w.dialogs.show({ kind: 'account', part: 'tokens' }),
  },
  {
    id: 'password',
    title: 'Change the password …',
    group: 'Account',
    when: has(({ hasPassword }) => hasPassword),
    run: (w) => w.dialogs.show({ kind: 'account', part: 'password' }),
  },
  {
    id: 'administration',
    title: 'Administration',
    group: 'Account',
    otherNames: 'admin users quotas audit',
    when: has(({ admin }) => admin),
    run: () => location.assign('/admin'),
  },
  {
    id: 'sign-out',
    title: 'Sign out',
    group: 'Account',
    otherNames: 'logout log out',
    when: has(always),
    run: (w) => void signOut(w),
  },
]
