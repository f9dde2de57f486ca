/** Puts the parts of git together, for the server. */
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import type { EgressTerms, OpenEgress } from '@atelier/sandbox/egress/egress'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import type { Accounts } from '../accounts/accounts.ts'
import type { App } from '../http/app.ts'
import type { Projects } from '../projects/projects.ts'
import type { StorageUse } from '../quotas/storage-use.ts'
import { createExports } from './exports.ts'
import { createGit } from './git.ts'
import { GitBoxes, type GitPlace } from './git-boxes.ts'
import type { RemotePolicy } from './remote-address.ts'
import { registerGitRoutes } from './routes.ts'
import { registerGitTokenRoutes } from './token-routes.ts'
import { createTokens } from './tokens.ts'
import { Turns } from './turns.ts'

export type { GitPlace } from './git-boxes.ts'

export type OpenGitOptions = {
  readonly db: Database
  readonly blobs: Blobs
  readonly projects: Projects
  readonly storage: Pick<StorageUse, 'take'>
  readonly log: Log
  readonly now: () => number
  readonly dataFolder: string
  readonly place: () => GitPlace
  /** null where no host is named. */
  readonly egress: { open(purpose: string, hosts: readonly string[], terms: EgressTerms): Promise<OpenEgress> } | null
  readonly remotes: RemotePolicy
  readonly exportFolder: string | null
  readonly mostMemoryBytes: number
  readonly mostDiskBytes: number
}

/** What one operation may send and receive together, and how fast: more than a program's, for a repository comes at once. */
const terms = { bytes: 256 * 1024 * 1024, bitsPerSecond: 100_000_000 } as const

export async function openGit(options: OpenGitOptions) {
  const { db, blobs, projects, storage, log, now, place, egress, remotes, mostMemoryBytes, mostDiskBytes } = options
  const boxes = new GitBoxes({
    ...{ place, log, mostMemoryBytes, mostDiskBytes },
    openEgress:
      egress === null || remotes.hosts.length === 0
        ? null
        : (purpose, host) => egress.open(purpose, [host], { ...terms, ports: remotes.ports }),
  })
  const tokens = await createTokens(db, join(options.dataFolder, 'keys', 'git-tokens.json'))
  const git = createGit({ db, blobs, projects, storage, boxes, tokens, turns: new Turns(), remotes, now })
  const exports = createExports({ db, git, projects, remotes, folder: options.exportFolder, log })
  const stopExports = exports.start()
  return {
    register(app: App, accounts: Accounts): void {
      registerGitRoutes(app, { git, exports, accounts })
      registerGitTokenRoutes(app, { tokens, accounts, remotes })
    },
    async close(): Promise<void> {
      const ended = stopExports()
      await boxes.close()
      await ended
    },
  }
}
