/** Which methods an address takes, so that a wrong one is told apart from a wrong address (405 with `Allow`). */
import type { FastifyInstance } from 'fastify'

/** Watches the routes that are registered from now on; the answer tells the methods of a path, sorted, empty when there is nothing. */
export function knownMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    // A route for everything is the page's: it does not make every address one of the API.
    if (url !== '/*' && url !== '*') routes.push({ pattern: patternOf(url), methods: [method].flat() })
  })
  return (path) => {
    const found = routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []))
    return [...new Set(found)].sort()
  }
}

function patternOf(url: string): RegExp {
  const names = url.split('/').map((name) => {
    if (name.startsWith(':')) return '[^/]+'
    return name === '*' ? '.*' : RegExp.escape(name)
  })
  return new RegExp(`^${names.join('/')}$`)
}
