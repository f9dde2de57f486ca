/** The dialogs of the account, loaded when one of them is first wanted. */
import { ChangePassword } from './ChangePassword.tsx'
import { Claim } from './Claim.tsx'
import { SignIn } from './SignIn.tsx'
import { SignIns } from './SignIns.tsx'
import { Tokens } from './Tokens.tsx'

export type AccountPart = 'claim' | 'sign-in' | 'sign-ins' | 'tokens' | 'password'

export default function AccountDialog({ part }: { readonly part: AccountPart }) {
  switch (part) {
    case 'claim':
      return <Claim />
    case 'sign-in':
      return <SignIn />
    case 'sign-ins':
      return <SignIns />
    case 'tokens':
      return <Tokens />
    case 'password':
      return <ChangePassword />
  }
}
