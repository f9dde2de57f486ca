/**
 * The life of a text, to be wound forward and back: at each step one record has been carried out. Records are read when they are
 * first passed; from then on a step is a few changes in either direction, and a far one begins at the nearest keyframe.
 *
 *     snapshot ─► 0 ─record─► 1 ─record─► 2 … steps
 */
import { BadMessage, DamagedText, type EngineName } from '../engine.ts'
import { type AuthoredChange, AuthoredText, type Run } from './authored-text.ts'
import { CrdtPlayer } from './crdt-player.ts'
import { OtPlayer } from './ot-player.ts'

export type { AuthoredChange, Piece, Run } from './authored-text.ts'

export type TimedRecord = { readonly bytes: Uint8Array; readonly atMs: number }

/** Reads the snapshot first and then the records in their order. @throws BadMessage */
export interface Player {
  /** Changes one after the other, each counted in the text that the one before left. */
  play(record: Uint8Array): readonly AuthoredChange[]
}

/** Changes between two keyframes; a seek carries out half of them at most. */
const keyframeChanges = 2000

type Step = { readonly forward: readonly AuthoredChange[]; readonly back: readonly AuthoredChange[] }
type Keyframe = { readonly step: number; readonly text: AuthoredText }

/** @throws DamagedText */
export function openPlayback(engine: EngineName, snapshot: Uint8Array, records: readonly TimedRecord[]): Playback {
  return new Playback(engine === 'crdt' ? new CrdtPlayer() : new OtPlayer(), snapshot, records)
}

export class Playback {
  readonly #player: Player
  readonly #records: readonly TimedRecord[]
  readonly #steps: Step[] = []
  readonly #keyframes: Keyframe[] = []
  /** The text after all records that have been read. */
  readonly #latest = new AuthoredText()
  #changesSinceKeyframe = 0
  #position = 0
  #now: AuthoredText

  constructor(player: Player, snapshot: Uint8Array, records: readonly TimedRecord[]) {
    this.#player = player
    this.#records = records
    for (const change of this.#play(snapshot)) this.#latest.apply(change)
    this.#now = this.#latest.copy()
    this.#keyframes.push({ step: 0, text: this.#latest.copy() })
  }

  /** So many records; a position is from 0 (none of them carried out) to this. */
  get steps(): number {
    return this.#records.length
  }

  /** So many of them are read: what is further away takes a moment. */
  get preparedSteps(): number {
    return this.#steps.length
  }

  get position(): number {
    return this.#position
  }

  get text(): string {
    return this.#now.text
  }

  /** Who wrote each part of the text. */
  get runs(): readonly Run[] {
    return this.#now.runs
  }

  /** When the step that leads to this position was made; null at the beginning. */
  atMs(position: number): number | null {
    return this.#records[position - 1]?.atMs ?? null
  }

  /** The position at that moment: all records up to then are carried out. */
  positionAt(atMs: number): number {
    let [low, high] = [0, this.#records.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#records[middle]?.atMs ?? 0) <= atMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Reads so many records more, for those who do not want to wait in one go. Answers whether some are left. @throws DamagedText */
  prepare(mostSteps: number): boolean {
    const end = Math.min(this.steps, this.#steps.length + mostSteps)
    while (this.#steps.length < end) this.#readNext()
    return end < this.steps
  }

  /** What the step that leads to this position changed, one after the other. @throws DamagedText */
  changesAt(position: number): readonly AuthoredChange[] {
    this.prepare(position - this.#steps.length)
    return this.#steps[position - 1]?.forward ?? []
  }

  /**
   * Goes there. Answers the changes that led there, one after the other, or null when it is so far that the text is better taken
   * anew. @throws DamagedText
   */
  seek(position: number): readonly AuthoredChange[] | null {
    const target = Math.max(0, Math.min(Math.trunc(position), this.steps))
    this.prepare(target - this.#steps.length)
    const keyframe = this.#nearest(target)
    const isJump = Math.abs(keyframe.step - target) < Math.abs(this.#position - target)
    if (isJump) {
      this.#now = keyframe.text.copy()
      this.#position = keyframe.step
    }
    const changes: AuthoredChange[] = []
    while (this.#position < target) {
      changes.push(...(this.#steps[this.#position]?.forward ?? []))
      this.#position += 1
    }
    while (this.#position > target) {
      this.#position -= 1
      changes.push(...(this.#steps[this.#position]?.back ?? []))
    }
    for (const change of changes) this.#now.apply(change)
    return isJump ? null : changes
  }

  #readNext(): void {
    const record = this.#records[this.#steps.length]
    if (record === undefined) return
    const forward = this.#play(record.bytes)
    const back = forward.map((change) => this.#latest.apply(change)).reverse()
    this.#steps.push({ forward, back })
    this.#changesSinceKeyframe += forward.length
    if (this.#changesSinceKeyframe < keyframeChanges) return
    this.#changesSinceKeyframe = 0
    this.#keyframes.push({ step: this.#steps.length, text: this.#latest.copy() })
  }

  #nearest(position: number): Keyframe {
    let [low, high] = [0, this.#keyframes.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#keyframes[middle]?.step ?? 0) < position) low = middle + 1
      else high = middle
    }
    const [after, before] = [this.#keyframes[low], this.#keyframes[low - 1]]
    const nearest =
      before !== undefined && after !== undefined && position - before.step < Math.abs(after.step - position) ? before : after
    if (nearest === undefined) throw new Error('there is always the first keyframe')
    return nearest
  }

  #play(record: Uint8Array): readonly AuthoredChange[] {
    try {
      return this.#player.play(record)
    } catch (error) {
      if (error instanceof BadMessage) throw new DamagedText(`what is stored cannot be read: ${error.message}`, { cause: error })
      throw error
    }
  }
}
