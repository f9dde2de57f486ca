/**
 * The connections that are in one project on this server. All of them get the list of people: the first change at once, what follows
 * within a tenth of a second together, and the more people there are the rarer, because every list goes to everybody.
 */
import { Refusal } from '@atelier/protocol/errors'
import { type Person, type ProjectNews, presenceLimits } from '@atelier/protocol/presence'
import type { ChannelSink } from '../sockets/tab-socket.ts'
import { type Changed, ChangeNews } from './change-news.ts'
import { colourFor } from './colours.ts'

/** A list for 200 is sent once a second instead of ten times. */
const msPerPerson = 5

export type Occupant = {
  person: Person
  readonly sink: Pick<ChannelSink, 'send' | 'whenRoom'>
  /** It does not read fast enough. What it misses meanwhile: */
  isBehind: boolean
  missesPeople: boolean
  missesChanges: boolean
}

export type NewPerson = Omit<Person, 'colour' | 'path' | 'activity'>

export class ProjectRoom {
  readonly #occupants = new Map<string, Occupant>()
  readonly #onPeople: () => void
  #timer: ReturnType<typeof setTimeout> | null = null
  #isDue = false
  readonly #changes = new ChangeNews((changed) => this.#tellChanged(changed))

  /** `onPeople`: called after every change of who is here, and where. */
  constructor(onPeople: () => void = () => {}) {
    this.#onPeople = onPeople
  }

  /** All who are here. */
  get people(): readonly Person[] {
    return [...this.#occupants.values()].map(({ person }) => person)
  }

  get isEmpty(): boolean {
    return this.#occupants.size === 0
  }

  /** @throws Refusal too-many-requests */
  enter(newcomer: NewPerson, sink: Occupant['sink']): Occupant {
    if (this.#occupants.size >= presenceLimits.connections)
      throw new Refusal(
        'too-many-requests',
        `This project is open in ${presenceLimits.connections} tabs already, which is the most that hear of each other. Files can be read and saved all the same.`,
      )
    const person = { ...newcomer, colour: this.#colourOf(newcomer.userId), path: null, activity: null }
    const occupant: Occupant = { person, sink, isBehind: false, missesPeople: false, missesChanges: false }
    this.#occupants.set(person.connection, occupant)
    this.#send(occupant, { type: 'role', role: person.role })
    this.#tellPeople([occupant])
    this.#peopleChanged()
    return occupant
  }

  leave(occupant: Occupant): void {
    if (this.#occupants.delete(occupant.person.connection)) this.#peopleChanged()
    if (!this.isEmpty) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#changes.close()
  }

  change(occupant: Occupant, change: Partial<Pick<Person, 'path' | 'activity' | 'name' | 'role'>>): void {
    const { person } = occupant
    occupant.person = { ...person, ...change }
    if (change.role !== undefined && change.role !== person.role) this.#send(occupant, { type: 'role', role: change.role })
    if (JSON.stringify(person) !== JSON.stringify(occupant.person)) this.#peopleChanged()
  }

  rename(userId: string, name: string): void {
    for (const occupant of this.#occupants.values()) if (occupant.person.userId === userId) this.change(occupant, { name })
  }

  /** To everybody; who does not keep up is told to read the tree again. */
  tell(changed: Changed): void {
    this.#changes.take(changed)
  }

  /** What the project itself is now; whoever is behind reads it with the tree. */
  tellProject(project: Extract<ProjectNews, { type: 'project' }>): void {
    const json = JSON.stringify(project)
    for (const occupant of this.#occupants.values()) this.#sendJson(occupant, json)
  }

  #tellChanged(changed: Changed): void {
    const json = JSON.stringify(changed)
    for (const occupant of this.#occupants.values())
      if (occupant.isBehind) occupant.missesChanges = true
      else this.#sendJson(occupant, json)
  }

  #colourOf(userId: string): number {
    const taken = new Set<number>()
    for (const { person } of this.#occupants.values()) {
      if (person.userId === userId) return person.colour
      taken.add(person.colour)
    }
    return colourFor(userId, taken)
  }

  #peopleChanged(): void {
    this.#onPeople()
    this.#isDue = true
    if (this.#timer === null) this.#tellDue()
  }

  #tellDue(): void {
    this.#timer = null
    if (!this.#isDue || this.isEmpty) return
    this.#isDue = false
    this.#tellPeople(this.#occupants.values())
    const pauseMs = Math.max(presenceLimits.everyMs, Math.min(this.#occupants.size, presenceLimits.listed) * msPerPerson)
    this.#timer = setTimeout(() => this.#tellDue(), pauseMs).unref()
  }

  #tellPeople(occupants: Iterable<Occupant>): void {
    const people = [...this.#occupants.values()].slice(0, presenceLimits.listed).map(({ person }) => person)
    // Only `you` differs from one to the next.
    const rest = JSON.stringify({ people, more: this.#occupants.size - people.length }).slice(1)
    for (const occupant of occupants)
      if (occupant.isBehind) occupant.missesPeople = true
      else this.#sendJson(occupant, `{"type":"people","you":${JSON.stringify(occupant.person.connection)},${rest}`)
  }

  #send(occupant: Occupant, news: ProjectNews): void {
    this.#sendJson(occupant, JSON.stringify(news))
  }

  #sendJson(occupant: Occupant, json: string): void {
    if (occupant.sink.send(json) || occupant.isBehind) return
    occupant.isBehind = true
    occupant.sink.whenRoom(() => this.#catchUp(occupant))
  }

  #catchUp(occupant: Occupant): void {
    const { missesPeople, missesChanges } = occupant
    occupant.isBehind = occupant.missesPeople = occupant.missesChanges = false
    if (!this.#occupants.has(occupant.person.connection)) return
    if (missesChanges) this.#send(occupant, { type: 'reload' })
    if (missesPeople) this.#tellPeople([occupant])
  }
}
