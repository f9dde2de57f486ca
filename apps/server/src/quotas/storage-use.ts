/**
 * Whether a project's owner has room for what somebody wants to save. The statement that saves knows the project alone, and must not ask
 * for more: it is most of what the server does. So what an owner uses is read every few seconds, what was let through since is added, and
 * only where that is more than the tier allows is the exact answer asked for. Several servers may therefore let through a few seconds' worth
 * more than the tier says; the project's own limit is exact.
 */
import { Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'
import { LRUCache } from 'lru-cache'
import { findOwnerUse, findProjectUse, findSize, type TierRow } from './quota-rows.ts'
import type { NamedTier } from './quota-tiers.ts'

const believedMs = 5_000
const remembered = 20_000

/**
 * `bytes`: as it was read. What was let through is `inFlight` until it is saved or refused, and then `done` until a reading has begun after
 * it: no byte is forgotten in between, some are counted twice for a moment.
 */
type OwnerUse = { tier: NamedTier; bytes: number; inFlight: number; done: number; readAtMs: number }
type ProjectUse = { readonly owner: string; entries: number; readonly readAtMs: number }

/** What somebody wants to add to a project. */
export type Addition = { readonly path: string; readonly bytes: number; readonly entries: number }

/** Room that is counted. To be told when it was used, or was not after all: `release` when that is not known, `giveBack` when it is. */
export type Room = { release(): void; giveBack(): void }

export class StorageUse {
  readonly #db: Database
  readonly #tierOf: (row: TierRow) => NamedTier
  readonly #now: () => number
  readonly #owners = new LRUCache<string, OwnerUse>({ max: remembered })
  readonly #projects = new LRUCache<string, ProjectUse>({ max: remembered })
  readonly #reading = new Map<string, Promise<OwnerUse>>()

  constructor(db: Database, tierOf: (row: TierRow) => NamedTier, now: () => number) {
    this.#db = db
    this.#tierOf = tierOf
    this.#now = now
  }

  /** Room, or why there is none: the caller first finds out whether the one who asks may write at all. Mostly without asking the database. */
  take(projectId: string, addition: Addition): Room | Promise<Room | Refusal> {
    const project = this.#projects.get(projectId)
    const owner = project === undefined ? undefined : this.#owners.get(project.owner)
    if (project === undefined || owner === undefined || this.#isOld(project) || this.#isOld(owner))
      return this.#takeAnew(projectId, addition)
    return fits(owner, project, addition) ? reserve(owner, project, addition) : this.#takeAnew(projectId, addition)
  }

  /** The same for a project that is made with its files. */
  async takeForNew(ownerId: string, added: Omit<Addition, 'path'>): Promise<Room | Refusal> {
    const known = this.#owners.get(ownerId)
    let owner = known === undefined || this.#isOld(known) ? await this.#readOwner(ownerId) : known
    const wanted = { path: '', ...added }
    if (wanted.bytes > 0 && !hasBytes(owner, wanted)) owner = await this.#readOwner(ownerId)
    if (wanted.bytes > 0 && !hasBytes(owner, wanted)) return storageFull(owner.tier)
    const fresh = { owner: ownerId, entries: 0, readAtMs: this.#now() }
    return hasEntries(owner, fresh, wanted) ? reserve(owner, fresh, wanted) : tooManyFiles(owner.tier)
  }

  /** What was stored without being asked for: texts that are typed. */
  noteGrown(projectId: string, bytes: number): void {
    const owner = this.#owners.get(this.#projects.get(projectId)?.owner ?? '')
    if (owner !== undefined) owner.done += bytes
  }

  /** A sentence for who types in a project whose owner has more than their tier allows; null: they have not. */
  async excess(projectId: string): Promise<string | null> {
    const known = this.#owners.get(this.#projects.get(projectId)?.owner ?? '')
    if (known !== undefined && !this.#isOld(known) && hasBytes(known, noMore)) return null
    const found = await findProjectUse(this.#db, projectId)
    if (found === null) return null
    this.#projects.set(projectId, { ...found, readAtMs: this.#now() })
    const owner = await this.#readOwner(found.owner)
    return hasBytes(owner, noMore) ? null : tooMuchToType(owner.tier)
  }

  #isOld({ readAtMs }: { readonly readAtMs: number }): boolean {
    return this.#now() - readAtMs > believedMs
  }

  async #takeAnew(projectId: string, addition: Addition): Promise<Room | Refusal> {
    const found = await findProjectUse(this.#db, projectId)
    if (found === null) return nothing
    const project = { ...found, readAtMs: this.#now() }
    this.#projects.set(projectId, project)
    const owner = await this.#readOwner(found.owner)
    if (fits(owner, project, addition)) return reserve(owner, project, addition)
    // A file that is replaced gives its old bytes back, and what takes no room is always allowed.
    const size = await findSize(this.#db, projectId, addition.path)
    const grown = { ...addition, bytes: addition.bytes - (size ?? 0), entries: size === null ? addition.entries : 0 }
    if (grown.bytes > 0 && !hasBytes(owner, grown)) return storageFull(owner.tier)
    if (!hasEntries(owner, project, grown)) return tooManyFiles(owner.tier)
    return reserve(owner, project, { ...grown, bytes: Math.max(0, grown.bytes) })
  }

  /** One reading at a time, so that each knows what was done before it began. */
  #readOwner(ownerId: string): Promise<OwnerUse> {
    const present = this.#reading.get(ownerId)
    if (present !== undefined) return present
    const reading = this.#readOwnerNow(ownerId).finally(() => this.#reading.delete(ownerId))
    this.#reading.set(ownerId, reading)
    return reading
  }

  async #readOwnerNow(ownerId: string): Promise<OwnerUse> {
    const before = this.#owners.get(ownerId)?.done ?? 0
    const row = await findOwnerUse(this.#db, ownerId)
    const tier = this.#tierOf(row ?? { tier: null, kind: 'guest', admin: false })
    const owner = this.#owners.get(ownerId) ?? { tier, bytes: 0, inFlight: 0, done: 0, readAtMs: 0 }
    Object.assign(owner, { tier, bytes: row?.bytes ?? 0, done: Math.max(0, owner.done - before), readAtMs: this.#now() })
    this.#owners.set(ownerId, owner)
    return owner
  }
}

const noMore: Addition = { path: '', bytes: 0, entries: 0 }
const nothing: Room = { release: () => {}, giveBack: () => {} }

const hasBytes = ({ tier, bytes, inFlight, done }: OwnerUse, added: Addition): boolean =>
  tier.storageBytes === null || bytes + inFlight + done + added.bytes <= tier.storageBytes
const hasEntries = ({ tier }: OwnerUse, { entries }: ProjectUse, added: Addition): boolean =>
  tier.filesPerProject === null || added.entries === 0 || entries + added.entries <= tier.filesPerProject
const fits = (owner: OwnerUse, project: ProjectUse, added: Addition): boolean =>
  hasBytes(owner, added) && hasEntries(owner, project, added)

function reserve(owner: OwnerUse, project: ProjectUse, added: Addition): Room {
  owner.inFlight += added.bytes
  project.entries += added.entries
  return {
    release() {
      owner.inFlight -= added.bytes
      owner.done += added.bytes
    },
    giveBack() {
      owner.inFlight -= added.bytes
      project.entries -= added.entries
    },
  }
}

const megabytes = (bytes: number): string =>
  bytes >= 1024 ** 2 ? `${Math.floor(bytes / 1024 ** 2)} MB` : `${Math.floor(bytes / 1024)} KB`

export const storageFull = ({ name, storageBytes }: Pick<NamedTier, 'name' | 'storageBytes'>): Refusal =>
  new Refusal(
    'too-large',
    `All projects of their owner together may have ${megabytes(storageBytes ?? 0)} (the tier "${name}"), and this would be more. Delete what is not needed, or ask whoever hosts this server for another tier.`,
  )

const tooMuchToType = ({ name, storageBytes }: NamedTier): string =>
  `All projects of their owner together have more than the ${megabytes(storageBytes ?? 0)} of the tier "${name}", so its texts are for reading now. What you have typed is kept. Delete what is not needed, or ask whoever hosts this server for another tier: then it goes on by itself.`

const tooManyFiles = ({ name, filesPerProject }: NamedTier): Refusal =>
  new Refusal(
    'too-large',
    `A project of its owner's tier ("${name}") has at most ${filesPerProject} files and folders. Delete what is not needed, or ask whoever hosts this server for another tier.`,
  )

export const tooManyProjects = (most: number, tier: string | null): Refusal =>
  new Refusal(
    'too-large',
    `You have ${most} projects, which is the most${tier === null ? '' : ` of the tier "${tier}"`}. Delete some that you do not need.`,
  )
