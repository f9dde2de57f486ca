import {
  AccountClaim,
  PasswordChange,
  SignedIn,
  type SignedIn as SignedInAnswer,
  SignIn,
  SignInList,
} from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import type { Accounts, Visitor } from './accounts.ts'
import type { Logins } from './logins.ts'

const tags = ['accounts']
const config = { scope: 'account' } as const
/** A name and two passwords. */
const bodyLimit = 8 * 1024
const Nothing = z.void().describe('Done')

export function registerLoginRoutes(app: App, { accounts, logins }: { accounts: Accounts; logins: Logins }): void {
  const accountOf = (request: FastifyRequest): Promise<Visitor> => signedInVisitor(accounts, logins, request)

  app.post(
    '/api/v1/account',
    {
      ...{ config, bodyLimit },
      schema: {
        tags,
        summary: 'Make an account of the guest that you are',
        description:
          'Projects and history stay. The cookies of the answer replace the guest’s session, which ends, like every other session of this guest. Without a session a new account is made.',
        body: AccountClaim,
        response: { 201: SignedIn, ...problems(400, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const answer: SignedInAnswer = await logins.claim(request, reply, request.body)
      return reply.code(201).send(answer)
    },
  )

  app.post(
    '/api/v1/session/sign-in',
    {
      ...{ config, bodyLimit },
      schema: {
        tags,
        summary: 'Sign in to an account',
        description:
          'The session comes in two cookies. A guest with projects says with `merge` what becomes of them; without it the answer is `merge-undecided` and nothing has happened.',
        body: SignIn,
        response: { 200: SignedIn, ...problems(400, 401, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const answer: SignedInAnswer = await logins.signIn(request, reply, request.body)
      return answer
    },
  )

  app.post(
    '/api/v1/session/sign-out',
    {
      config,
      schema: { tags, summary: 'Sign this browser out', response: { 204: Nothing, ...problems(403, 503) } },
    },
    async (request, reply) => {
      await logins.signOut(request, reply)
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/session/sign-ins',
    {
      config,
      schema: {
        tags,
        summary: 'Where you are signed in',
        response: { 200: SignInList, ...problems(401, 403, 503) },
      },
    },
    async (request) => ({ items: await logins.listSignIns(await accountOf(request)) }),
  )

  app.delete(
    '/api/v1/session/sign-ins',
    {
      config,
      schema: { tags, summary: 'Sign out everywhere, here too', response: { 204: Nothing, ...problems(401, 403, 503) } },
    },
    async (request, reply) => {
      await logins.signOutEverywhere(await accountOf(request), request, reply)
      return reply.code(204).send()
    },
  )

  app.delete(
    '/api/v1/session/sign-ins/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Sign out another browser',
        params: z.object({ id: z.uuid() }),
        response: { 204: Nothing, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      await logins.endSignIn(await accountOf(request), request.params.id.toLowerCase())
      return reply.code(204).send()
    },
  )

  app.put(
    '/api/v1/account/password',
    {
      ...{ config, bodyLimit },
      schema: {
        tags,
        summary: 'Change the password',
        description: 'All other browsers are signed out; API tokens stay.',
        body: PasswordChange,
        response: { 204: Nothing, ...problems(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      await logins.changePassword(await accountOf(request), request, reply, request.body)
      return reply.code(204).send()
    },
  )
}

/** @throws Refusal session-required: for accounts only. */
export async function signedInVisitor(accounts: Accounts, logins: Logins, request: FastifyRequest): Promise<Visitor> {
  const visitor = await accounts.visitor(request)
  const person = visitor === null ? null : await logins.person(visitor.userId)
  if (visitor === null || person === null || person.account === null)
    throw new Refusal('session-required', 'This is for accounts. Sign in, or make an account of the guest that you are.')
  return visitor
}
