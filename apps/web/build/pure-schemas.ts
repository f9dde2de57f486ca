/**
 * Keeps the protocol's schemas, and zod with them, out of the page: it uses a few plain functions and constants of those modules.
 *
 * The bundler may drop what it knows to be free of effects, and is told so by name. A name counts in every module of the bundle (`z` alone
 * would also be the `z.detach()` of Monaco's text buffer), so the schemas get names here that nobody else has.
 */
import type { Plugin } from 'vite'

const protocolSource = /[\\/]packages[\\/]protocol[\\/]src[\\/]/
const [schemaName, pageName] = ['atelierProtocolSchema', 'atelierProtocolPageOf']

export const pureSchemas = (): Plugin => ({
  name: 'atelier-pure-schemas',
  enforce: 'pre',
  transform: {
    filter: { id: protocolSource },
    handler: (code) => ({
      code: code
        .replace(/import \{ z \} from 'zod'/, `import { z as ${schemaName} } from 'zod'`)
        .replace(/\bz(?=\s*\.)/g, schemaName)
        .replace(/\bpageOf\b/g, pageName),
      map: null,
    }),
  },
})

export const schemaTreeshake = {
  manualPureFunctions: [schemaName, pageName],
  // Else `fileLimits.pathLength` inside of a schema would keep it, and all of zod with it: 23 KB.
  propertyReadSideEffects: false as const,
  moduleSideEffects: (id: string): boolean => !protocolSource.test(id) && !/[\\/]node_modules[\\/]zod[\\/]/.test(id),
}
