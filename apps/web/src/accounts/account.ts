/** Who this browser is for the server, and what can be asked about that; one function per request. */
import type {
  AccountClaim,
  ApiToken,
  ApiTokenCreated,
  ApiTokenCreation,
  PasswordChange,
  SignedIn,
  SignIn,
  SignInEntry,
} from '@atelier/protocol/accounts'
import type { Session } from '@atelier/protocol/sessions'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { type Api, ApiProblem } from '../connection/api.ts'

export type AccountState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'guest'; readonly signInWith: string | null }
  | {
      readonly kind: 'account'
      readonly login: string
      readonly hasPassword: boolean
      readonly admin: boolean
      /** Another place that vouches for people here; null: there is none. */
      readonly signInWith: string | null
    }

export type AccountRequests = {
  readonly store: StoreApi<AccountState>
  /** Asks the server; stays as it is when it cannot be asked. */
  load(): Promise<void>
  claim(claim: AccountClaim): Promise<void>
  signIn(signIn: SignIn): Promise<void>
  signOut(): Promise<void>
  signOutEverywhere(): Promise<void>
  changePassword(change: PasswordChange): Promise<void>
  signIns(): Promise<readonly SignInEntry[]>
  endSignIn(id: string): Promise<void>
  tokens(): Promise<readonly ApiToken[]>
  createToken(wanted: ApiTokenCreation): Promise<ApiTokenCreated>
  revokeToken(id: string): Promise<void>
}

/** Where signing in with another place begins; the page is left. */
export const identityAddress = (wish: 'merge' | 'leave' | 'link'): string =>
  wish === 'leave' ? '/oidc/start' : `/oidc/start?${wish}=true`

export function createAccountRequests(api: Api): AccountRequests {
  const store = createStore<AccountState>(() => ({ kind: 'unknown' }))
  const take = ({ user, account, signInWith }: Session): void =>
    store.setState(
      account === null || account === undefined || user === null
        ? { kind: 'guest', signInWith: signInWith ?? offered() }
        : {
            ...{ kind: 'account', login: account.login ?? user.name, hasPassword: account.hasPassword, admin: account.admin },
            signInWith: signInWith ?? offered(),
          },
      true,
    )
  /** Only the session says it, not the answer to signing in. */
  const offered = (): string | null => {
    const state = store.getState()
    return state.kind === 'unknown' ? null : state.signInWith
  }
  const done = async (path: string, method: 'POST' | 'PUT' | 'DELETE', json?: unknown): Promise<void> => {
    await api.ask(path, { method, ...(json === undefined ? {} : { body: { json } }) })
  }
  return {
    store,
    load: async () => take(await api.json<Session>('/api/v1/session')),
    claim: async (json) => take(await api.json<SignedIn>('/api/v1/account', { method: 'POST', body: { json } })),
    signIn: async (json) => take(await api.json<SignedIn>('/api/v1/session/sign-in', { method: 'POST', body: { json } })),
    signOut: () => done('/api/v1/session/sign-out', 'POST'),
    signOutEverywhere: () => done('/api/v1/session/sign-ins', 'DELETE'),
    changePassword: (change) => done('/api/v1/account/password', 'PUT', change),
    signIns: async () => (await api.json<{ items: SignInEntry[] }>('/api/v1/session/sign-ins')).items,
    endSignIn: (id) => done(`/api/v1/session/sign-ins/${id}`, 'DELETE'),
    tokens: async () => (await api.json<{ items: ApiToken[] }>('/api/v1/tokens')).items,
    createToken: (json) => api.json<ApiTokenCreated>('/api/v1/tokens', { method: 'POST', body: { json } }),
    revokeToken: (id) => done(`/api/v1/tokens/${id}`, 'DELETE'),
  }
}

/** What is wrong with which field; `''` is for what concerns none or all. */
export type FieldProblems = Readonly<Record<string, string>>

export function fieldProblemsOf(error: unknown, fields: readonly string[]): FieldProblems {
  const detail = error instanceof Error ? error.message : String(error)
  if (!(error instanceof ApiProblem)) return { '': detail }
  const named = (error.problem.errors ?? []).flatMap((each) => {
    const field = each.pointer.replace(/^\//, '')
    return fields.includes(field) ? [[field, sentence(error.status === 409 ? detail : each.detail)] as const] : []
  })
  return named.length === 0 ? { '': detail } : Object.fromEntries(named)
}

const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
