import type { Tally } from './ledger.ts'

/** What one kind of fault did. */
export type Finding = {
  readonly kind: string
  readonly said: string
  readonly tally: Tally
  readonly promised: number
  /** What else must be so, is. */
  readonly holds: boolean
}
