/** What carries a guest agent: a gVisor sandbox, an OCI container, a virtual machine. Made by its driver, used by guest-box.ts. */
import type { Readable, Writable } from 'node:stream'
import type { BoxGroups } from '../cgroups/cgroups.ts'

export interface Vessel {
  /** From the agent to us. */
  readonly source: Readable
  /** From us to the agent. */
  readonly target: Writable
  /** The host's control groups of the whole vessel, or null where there are none (or the guest's own count). */
  readonly groups: BoxGroups | null
  /** Ends everything in it, at once; may be called more than once. */
  kill(): void
  /** Settles when nothing of it is alive, with what it complained about ('' for nothing). */
  readonly gone: Promise<string>
  /** Where the host, not the agent, holds the size of the writable folders: changes it before the program starts. */
  resizeDisk?(bytes: number, files: number): Promise<void>
  /** After `gone`: takes away its folders and groups. */
  remove(): Promise<void>
}

/** How the agent shall prepare itself and its program; sent once, when the vessel is there. */
export type GuestSetup = {
  /** The user and group id of the program, inside. */
  readonly user: number
  /** A classic BPF program, base64; null where the vessel's own kernel is wall enough. */
  readonly seccomp: string | null
  /** Whether the agent mounts the writable folders; else they are there, and `resizeDisk` resizes them. */
  readonly mountsDisk: boolean
  /** Whether it may cover its own files. */
  readonly hides: boolean
  /** Control groups of the guest's own kernel. */
  readonly groups: 'none' | 'pids' | 'v2'
  readonly preload: readonly string[]
}
