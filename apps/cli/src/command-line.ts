/** What a command line is given, and the options that commands share. */
import type { Server } from './server/server.ts'
import type { Surroundings } from './surroundings.ts'

export type CommandLine = {
  readonly surroundings: Surroundings
  readonly version: string
  readonly projectFolder: string
  /** Calls back for every signal that this process gets; returns the function that stops it. */
  readonly onSignal: (names: readonly NodeJS.Signals[], listener: (name: NodeJS.Signals) => void) => () => void
  /** Ends the process at once. */
  readonly leave: (signal: NodeJS.Signals) => void
}

export const serverOption = [
  '--server <url>',
  'address of the server (ATELIER_URL); else the one that runs here, else http://localhost:3000',
] as const

export type OpenServer = (options: { server?: string }) => Promise<Server>
