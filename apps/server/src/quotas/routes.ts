import { Refusal } from '@atelier/protocol/errors'
import { Quota } from '@atelier/protocol/quotas'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import type { Quotas } from './quotas.ts'

export function registerQuotaRoutes(app: App, { accounts, quotas }: { accounts: Accounts; quotas: Quotas }): void {
  app.get(
    '/api/v1/quota',
    {
      schema: {
        tags: ['sessions'],
        summary: 'What you may use of this server, and what you use',
        response: { 200: Quota, ...problems(401, 503) },
      },
    },
    async (request, reply) => {
      const userId = await accounts.knownUser(request)
      if (userId === null)
        throw new Refusal('session-required', 'Nobody uses anything without a session. Open one first: POST /api/v1/sessions.')
      const { name, ...most } = await quotas.tierOf(userId)
      return reply.header('cache-control', 'no-store').send({ tier: name, most, used: await quotas.readUse(userId) })
    },
  )
}
