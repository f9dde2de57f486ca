/**
 * The others in one document: who they are and where their carets stand. States come from strangers, so names are cut and made
 * harmless, colours are colours, and whoever is not heard of for a while is gone.
 */
import type { Anchor } from '@atelier/text/replica'
import { colourOf } from '../people/colours.ts'
import type { PresenceEntry } from './presence-update.ts'

export type Other = {
  readonly client: number
  readonly userId: string | null
  readonly name: string
  /** #rrggbb */
  readonly color: string
  /** Null: they have the file open and are not in the text. */
  readonly caret: { readonly anchor: Anchor; readonly head: Anchor } | null
}

/** Of the people in a document; `clients` are those whose state is another one now. */
export type OthersListener = (clients: readonly number[]) => void

export type Others = {
  readonly all: ReadonlyMap<number, Other>
  onChange(listener: OthersListener): () => void
}

/** y-protocols' own bound: states are renewed within half of it. */
const forgottenAfterMs = 30_000
const mostOthers = 1000
const nameUnits = 40

type Heard = { clock: number; atMs: number }

export class HeardOthers implements Others {
  readonly #all = new Map<number, Other>()
  readonly #heard = new Map<number, Heard>()
  readonly #listeners = new Set<OthersListener>()
  readonly #own: ReadonlySet<number>

  /** `own`: under which this page speaks. */
  constructor(own: ReadonlySet<number>) {
    this.#own = own
  }

  get all(): ReadonlyMap<number, Other> {
    return this.#all
  }

  onChange(listener: OthersListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  hear(entries: readonly PresenceEntry[], nowMs: number): void {
    const changed: number[] = []
    for (const { client, clock, state } of entries) {
      if (this.#own.has(client)) continue
      const known = this.#heard.get(client)
      if (known !== undefined && (clock < known.clock || (clock === known.clock && state !== null))) continue
      if (known === undefined && this.#heard.size >= mostOthers) continue
      const other = state === null ? null : otherOf(client, state)
      if (other === null) {
        if (known !== undefined) known.clock = clock
        if (this.#all.delete(client)) changed.push(client)
        continue
      }
      this.#heard.set(client, { clock, atMs: nowMs })
      this.#all.set(client, other)
      changed.push(client)
    }
    this.#tell(changed)
  }

  /** Those who said nothing for too long are gone. */
  sweep(nowMs: number): void {
    const gone: number[] = []
    for (const [client, { atMs }] of this.#heard) {
      if (nowMs - atMs < forgottenAfterMs) continue
      this.#heard.delete(client)
      if (this.#all.delete(client)) gone.push(client)
    }
    this.#tell(gone)
  }

  /** The connection is lost: nobody can be seen. */
  clear(): void {
    const gone = [...this.#all.keys()]
    this.#all.clear()
    this.#heard.clear()
    this.#tell(gone)
  }

  #tell(clients: readonly number[]): void {
    if (clients.length > 0) for (const listener of [...this.#listeners]) listener(clients)
  }
}

function otherOf(client: number, state: unknown): Other | null {
  if (!isRecord(state)) return null
  const user = isRecord(state.user) ? state.user : {}
  const userId = typeof user.id === 'string' ? user.id.slice(0, 64) : null
  const color = typeof user.color === 'string' && /^#[0-9a-f]{6}$/i.test(user.color) ? user.color : null
  return {
    client,
    userId,
    name: nameOf(user.name),
    color: color !== null && isVisible(color) ? color : colourOf(userId ?? String(client)),
    caret: caretOf(state),
  }
}

export const caretOf = (state: unknown): Other['caret'] =>
  isRecord(state) && isRecord(state.cursor) ? { anchor: state.cursor.anchor, head: state.cursor.head } : null

/** Control and direction characters are taken out; the joiner stays, emoji are made with it. */
function nameOf(name: unknown): string {
  const plain = typeof name === 'string' ? name.replace(/(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '') : ''
  return Array.from(plain.trim()).slice(0, nameUnits).join('') || 'Guest'
}

/** It stands out from every theme’s sheet (3 : 1), and white letters can be read on it (4.5 : 1). */
function isVisible(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return luminance > 0.13 && luminance < 0.184
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
