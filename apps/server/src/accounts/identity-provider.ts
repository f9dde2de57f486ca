/**
 * Another place that vouches for people, spoken to in OpenID Connect: the authorization code flow with PKCE, state and nonce. Signatures,
 * issuer, audience and times of the answer are openid-client's to check.
 */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { Configuration } from 'openid-client'

export type ProviderSettings = {
  readonly issuer: string
  readonly clientId: string
  /** null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null
}

/** What must come back with the answer; kept by the browser until then. */
export type Started = { readonly address: string; readonly state: string; readonly nonce: string; readonly verifier: string }
export type Expected = Omit<Started, 'address'>
/** The subject is somebody at that issuer, for ever. Nothing else of the answer is believed, an e-mail address least of all. */
export type Identity = { readonly issuer: string; readonly subject: string }

export interface IdentityProvider {
  /** What the button says. */
  readonly name: string
  start(callback: string): Promise<Started>
  /** `answer`: the address with which the browser came back. @throws Refusal sign-in-failed, identity-unavailable */
  finish(answer: URL, expected: Expected): Promise<Identity>
}

const answerWithinSeconds = 10

export function openIdentityProvider(settings: ProviderSettings, log: Log): IdentityProvider {
  const issuer = new URL(settings.issuer)
  let found: Promise<Configuration> | null = null

  /** Found out when it is first needed, and again when that went wrong: the other place may start later than we do. */
  async function configuration(): Promise<Configuration> {
    found ??= discover()
    try {
      return await found
    } catch (error) {
      found = null
      log.warn('the identity provider does not answer', { issuer: settings.issuer, error })
      throw unavailable(issuer.host)
    }
  }

  async function discover(): Promise<Configuration> {
    const client = await import('openid-client')
    const { clientId, clientSecret } = settings
    const authentication = clientSecret === null ? client.None() : client.ClientSecretPost(clientSecret)
    // Without TLS only towards this machine: settings.ts refuses other addresses.
    // The standard would let us believe a token because of the connection it came over; its signature is looked at all the same.
    const execute = [client.enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [])]
    return client.discovery(issuer, clientId, undefined, authentication, { execute, timeout: answerWithinSeconds })
  }

  return {
    name: issuer.hostname,
    async start(callback) {
      const config = await configuration()
      const client = await import('openid-client')
      const verifier = client.randomPKCECodeVerifier()
      const [state, nonce] = [client.randomState(), client.randomNonce()]
      const address = client.buildAuthorizationUrl(config, {
        ...{ redirect_uri: callback, scope: 'openid', state, nonce },
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { address: address.href, state, nonce, verifier }
    },
    async finish(answer, { state, nonce, verifier }) {
      const config = await configuration()
      const client = await import('openid-client')
      try {
        const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
        const claims = (await client.authorizationCodeGrant(config, answer, checks)).claims()
        if (claims === undefined || claims.sub === '' || claims.sub.length > 255) throw new Error('the answer names nobody')
        return { issuer: claims.iss, subject: claims.sub }
      } catch (error) {
        log.info('sign-in with another place refused', { issuer: settings.issuer, error: String(error) })
        throw new Refusal(
          'sign-in-failed',
          `${issuer.host} did not confirm who you are, or its answer came too late. Start again.`,
          {
            cause: error,
          },
        )
      }
    },
  }
}

const unavailable = (host: string): Refusal =>
  new Refusal('identity-unavailable', `${host}, where you would sign in, does not answer. Try again soon, or use a password.`, {
    retryAfterSeconds: 10,
  })
