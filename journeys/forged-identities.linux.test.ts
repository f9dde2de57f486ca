/** Somebody who stands between us and the identity provider, or is it: every ID token that is not exactly as it should be signs nobody in. */
import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { Browser } from './account-browser.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

const [ours, theirs] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('rsa', { modulusLength: 2048 })]
const [clientId, clientSecret] = ['atelier', 'a secret of the tests']

type Claims = Readonly<Record<string, unknown>>
type Forger = (claims: Claims) => string

let issuer = ''
let forge: Forger = signed()
let nonce = ''
let server: ServerUnderTest

/** A provider as small as it can be. Whoever asks for a token gets what `forge` makes of what would be right. */
const provider = createServer((request, response) => {
  const answer = (json: object): ServerResponse =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(json))
  if (request.url === '/.well-known/openid-configuration')
    return answer({
      ...{ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` },
      ...{
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      authorization_response_iss_parameter_supported: true,
    })
  if (request.url === '/jwks')
    return answer({ keys: [{ ...ours.publicKey.export({ format: 'jwk' }), kid: 'ours', alg: 'RS256', use: 'sig' }] })
  if (request.url !== '/token') return response.writeHead(404).end()
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, sub: 'ada', aud: clientId, exp: now + 600, iat: now, nonce }
  return answer({ access_token: 'x', token_type: 'Bearer', expires_in: 600, id_token: forge(claims) })
})

before(async () => {
  provider.listen(0, '127.0.0.1')
  await once(provider, 'listening')
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  server = await startServer({
    environment: { ATELIER_OIDC_ISSUER: issuer, ATELIER_OIDC_CLIENT_ID: clientId, ATELIER_OIDC_CLIENT_SECRET: clientSecret },
  })
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  provider.closeAllConnections()
  provider.close()
})

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')

function signed(change: Claims = {}, { key = ours.privateKey, header = {} }: { key?: KeyObject; header?: Claims } = {}): Forger {
  return (claims) => {
    const text = `${part({ alg: 'RS256', kid: 'ours', ...header })}.${part({ ...claims, ...change })}`
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
  }
}

/** The public key as a secret that everybody knows. */
const withPublicKeyAsSecret: Forger = (claims) => {
  const text = `${part({ alg: 'HS256', kid: 'ours' })}.${part(claims)}`
  const secret = ours.publicKey.export({ type: 'spki', format: 'pem' })
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

async function signInWith(forger: Forger): Promise<{ status: number; account: unknown }> {
  forge = forger
  const browser = new Browser(server.url)
  await (await browser.ask('POST', '/api/v1/sessions')).text()
  const start = new URL((await browser.ask('GET', '/oidc/start')).headers.get('location') ?? '')
  nonce = start.searchParams.get('nonce') ?? ''
  const query = new URLSearchParams({ code: 'x', state: start.searchParams.get('state') ?? '', iss: issuer })
  const answer = await browser.ask('GET', `/oidc/callback?${query}`)
  await answer.text()
  const { account } = await browser.json<{ account: unknown }>('GET', '/api/v1/session')
  return { status: answer.status, account: account ?? null }
}

test('an ID token that is right signs in, so those below are refused for what is wrong with them', async () => {
  const { status, account } = await signInWith(signed())
  assert.equal(status, 303)
  assert.notEqual(account, null)
})

test('an ID token without signature, of another key, expired, for somebody else or of another sign-in signs nobody in', async () => {
  const long = Math.floor(Date.now() / 1000) - 3600
  const forgers: Readonly<Record<string, Forger>> = {
    'alg none': (claims) => `${part({ alg: 'none' })}.${part(claims)}.`,
    'alg nOnE': (claims) => `${part({ alg: 'nOnE', kid: 'ours' })}.${part(claims)}.`,
    'no signature': (claims) => `${part({ alg: 'RS256', kid: 'ours' })}.${part(claims)}.`,
    'another key': signed({}, { key: theirs.privateKey }),
    'another key, brought along': signed(
      {},
      { key: theirs.privateKey, header: { kid: undefined, jwk: theirs.publicKey.export({ format: 'jwk' }) } },
    ),
    'the public key as a secret': withPublicKeyAsSecret,
    'changed after it was signed': (claims) => {
      const [header, , signature] = signed()(claims).split('.')
      return `${header}.${part({ ...claims, sub: 'eve' })}.${signature}`
    },
    expired: signed({ iat: long - 600, exp: long }),
    'another audience': signed({ aud: 'another-client' }),
    'several audiences': signed({ aud: [clientId, 'another-client'], azp: 'another-client' }),
    'another issuer': signed({ iss: 'https://accounts.example.org' }),
    'of another sign-in': signed({ nonce: 'the nonce of somebody else' }),
    'without a nonce': signed({ nonce: undefined }),
    'without a subject': signed({ sub: undefined }),
    'no token at all': () => 'hello',
    empty: () => '',
  }
  for (const [why, forger] of Object.entries(forgers)) {
    const { status, account } = await signInWith(forger)
    assert.ok(status >= 400 && status < 600 && status !== 500, `${why}: ${status}`)
    assert.equal(account, null, why)
  }
})
