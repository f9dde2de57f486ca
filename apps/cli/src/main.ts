/** The `atelier` command. What was compiled is kept beside the project's own Node, which halves the time until a program starts. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '../../../.atelier/compile-cache'))
await import('./this-process.ts')
