/**
 * kill -9 of server and database together, over and over, in the middle of saves: people who share files and check versions, people who
 * make, rename and delete files of their own, small ones and ones that become blobs. After each kill every file is what was
 * acknowledged, or what a request without an answer would have made of it; versions never go back; the history has what it must.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { call, type OurServer } from '../documents/our-server.ts'
import { descendantsOf } from '../documents/processor.ts'
import { seeded } from '../documents/random.ts'
import { absent, PromisedFile, shaOf } from './promised-files.ts'
import { type Saver, SavingPerson } from './saving-person.ts'

const projects = 3
const peoplePerProject = 3
const sharedFiles = 3
const ownFiles = 4

export type SavesFinding = {
  readonly cycles: number
  readonly acknowledged: number
  readonly inDoubt: number
  readonly refused: number
  readonly deletions: number
  readonly renames: number
  readonly blobs: number
  /** Files that are older than what was acknowledged, or gone. */
  readonly lost: number
  /** Files that are what nobody asked for. */
  readonly strange: number
  readonly checkedVersions: number
  /** Acknowledged versions that the history does not have, or has with other bytes. */
  readonly missingVersions: number
  readonly notes: readonly string[]
}

export async function killWhileSaving(ours: OurServer, cycles: number, seed: number): Promise<SavesFinding> {
  const random = seeded(seed)
  const people = await openPeople(ours)
  const found = { lost: 0, strange: 0, checkedVersions: 0, missingVersions: 0 }
  const notes: string[] = []
  const note = (text: string): void => void (notes.length < 50 && notes.push(text))
  const checked = new Set<string>()
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const stopped = { now: false }
    const working = people.map((person) => person.saveUntil(stopped, random))
    const before = sum(people, 'acknowledged')
    await pause(300 + random() * 1200)
    // On a slow machine for longer: a cycle in which next to nothing was saved shows nothing.
    while (sum(people, 'acknowledged') < before + 10 * people.length || sum(people, 'blobs') === 0) await pause(20)
    killBoth(ours)
    stopped.now = true
    await Promise.all(working)
    await ours.server.end('SIGKILL')
    await ours.start()
    for (const person of people) {
      await person.settleRename()
      for (const [path, file] of person.judged()) {
        const state = await person.read(path)
        const before = file.state
        const verdict = file.settle(state)
        if (verdict === 'kept') continue
        found[verdict] += 1
        note(
          `cycle ${cycle}: ${path} is at ${state.version} (${state.sha.slice(0, 8)}), acknowledged was ${before.version} (${before.sha.slice(0, 8)})`,
        )
      }
    }
    for (const person of people)
      for (const [path, file] of person.shared)
        for (const { version, sha } of file.mustBeInHistory()) {
          const name = `${person.project}/${path}@${version}`
          if (checked.has(name)) continue
          checked.add(name)
          found.checkedVersions += 1
          if ((await person.readVersion(path, version)) === sha) continue
          found.missingVersions += 1
          note(`cycle ${cycle}: version ${version} of ${path} is not in its history`)
        }
    if (cycle % 10 === 0)
      console.log(
        `    ${cycle} of ${cycles}: ${sum(people, 'acknowledged')} saves acknowledged, lost ${found.lost}, strange ${found.strange}`,
      )
  }
  const counted = (['acknowledged', 'inDoubt', 'refused', 'deletions', 'renames', 'blobs'] as const).map((key) => [
    key,
    sum(people, key),
  ])
  return { cycles, ...(Object.fromEntries(counted) as Record<keyof Saver, number>), ...found, notes }
}

const sum = (people: readonly SavingPerson[], key: keyof Saver): number =>
  people.reduce((total, { counts }) => total + counts[key], 0)

/** Both at once, so that neither has time to put things in order for the other. */
function killBoth({ pid, databasePid }: OurServer): void {
  const pids = [pid, databasePid, ...descendantsOf(databasePid)]
  for (const each of pids)
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It went with its parent.
    }
}

async function openPeople(ours: OurServer): Promise<SavingPerson[]> {
  const people: SavingPerson[] = []
  for (let project = 0; project < projects; project += 1) {
    const shared = new Map(Array.from({ length: sharedFiles }, (_, index) => [`shared-${index}.txt`, new PromisedFile()]))
    let id = ''
    let invitation = ''
    for (let index = 0; index < peoplePerProject; index += 1) {
      const { token } = await call<{ token: string }>(ours.server.url, 'sessions', 'POST', {})
      if (id === '') {
        id = (await call<{ id: string }>(ours.server.url, 'projects', 'POST', { token, json: { name: 'saved' } })).id
        const link = { token, json: { role: 'editor', expiresInHours: 1 } }
        invitation = (await call<{ token: string }>(ours.server.url, `projects/${id}/share-links`, 'POST', link)).token
      } else await call(ours.server.url, `share-links/${invitation}/join`, 'POST', { token })
      const number = people.length
      const own = new Map(Array.from({ length: ownFiles }, (_, file) => [`own/${number}/${file}.bin`, new PromisedFile()]))
      people.push(new SavingPerson(() => ours.server.url, { number, token, project: id, shared, own, isFirst: index === 0 }))
    }
  }
  for (const person of people.filter(({ isFirst }) => isFirst))
    for (const [path, file] of person.shared) {
      const bytes = randomBytes(100)
      file.acknowledge({ version: 1, sha: shaOf(bytes) }, person.number)
      if ((await person.put(path, bytes, absent)) !== 'acknowledged') throw new Error('the first save was not taken')
    }
  return people
}
