/** A real OpenID Connect provider on this machine, whose user is whoever the test says: nobody types anything there. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const clientId = 'atelier'
export const clientSecret = 'a secret of the tests'

export type ProviderUnderTest = AsyncDisposable & {
  readonly issuer: string
  /** Whom the next sign-in is confirmed to be. */
  subject: string
  /** To be called before anybody signs in: where answers may go. */
  open(callback: string): void
}

export async function startIdentityProvider(): Promise<ProviderUnderTest> {
  let provider: Provider | null = null
  const server = createServer((request, response) => {
    if (provider === null) return response.writeHead(503).end()
    if (request.url?.startsWith('/interaction/') !== true) return void provider.callback()(request, response)
    answer(provider).catch((error: unknown) => response.writeHead(500).end(String(error)))
    async function answer(from: Provider): Promise<void> {
      const { prompt, session, params } = await from.interactionDetails(request, response)
      if (prompt.name === 'login') return from.interactionFinished(request, response, { login: { accountId: under.subject } })
      const grant = new from.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) })
      grant.addOIDCScope('openid')
      const consent = { grantId: await grant.save() }
      return from.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const under: ProviderUnderTest = {
    issuer,
    subject: 'nobody',
    open(callback) {
      provider = new Provider(issuer, {
        clients: [
          {
            ...{ client_id: clientId, client_secret: clientSecret, redirect_uris: [callback] },
            token_endpoint_auth_method: 'client_secret_post',
          },
        ],
        cookies: { keys: ['of the tests'] },
        pkce: { required: () => true },
        features: { devInteractions: { enabled: false } },
        interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
        findAccount: (_context, subject) => ({
          accountId: subject,
          // The same address for everybody: it must never say who somebody is.
          claims: () => ({ sub: subject, email: 'ada@example.org', email_verified: true }),
        }),
      })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return under
}
