/**
 * Which web pages may speak to us.
 *
 * A browser says where a page came from (Origin) and under which name it reached us (Host). A foreign page is refused what changes
 * something and refused sockets. When we listen on loopback only, names other than localhost are refused too: otherwise a web page could point its own
 * name at 127.0.0.1 (DNS rebinding) and be "same origin".
 */
import { Refusal } from '@atelier/protocol/errors'

export type Origins = {
  /** Throws `origin-refused` when this request must not be served. */
  check(request: { method: string; host: string | undefined; origin: string | undefined; isUpgrade: boolean }): void
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

export function createOrigins(listening: { host: string; publicUrl: string | undefined }): Origins {
  const publicHost = listening.publicUrl === undefined ? undefined : new URL(listening.publicUrl).host.toLowerCase()
  const loopbackOnly = loopbackNames.has(listening.host) || listening.host === '::1' || listening.host.startsWith('127.')
  return {
    check({ method, host, origin, isUpgrade }) {
      const name = host?.toLowerCase()
      if (loopbackOnly && name !== undefined && name !== publicHost && !loopbackNames.has(name.replace(/:\d+$/, '')))
        throw new Refusal(
          'origin-refused',
          `This server listens for this machine only and was asked for as "${host}". Open it as http://localhost, or set PUBLIC_URL.`,
        )
      if (origin === undefined || (safeMethods.has(method) && !isUpgrade)) return
      const from = originHost(origin)
      if (from !== undefined && (from === name || from === publicHost)) return
      throw new Refusal(
        'origin-refused',
        'A page of another site asked for this. Open the editor itself, or call the API without an Origin header.',
      )
    },
  }
}

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase()
  } catch {
    return undefined
  }
}
