/** Somebody who saves over HTTP as fast as they are answered, and remembers every answer. */
import { randomBytes } from 'node:crypto'
import { absent, type FileState, PromisedFile, shaOf } from './promised-files.ts'

/** Larger than what is kept in a row, even compressed: these become blobs. */
const largeBytes = 40_000
/** After being told that it was too much. */
const pauseMs = 100
const mostMs = 20_000

export type Saver = { acknowledged: number; inDoubt: number; refused: number; deletions: number; renames: number; blobs: number }

export type SavingPersonOptions = {
  readonly number: number
  readonly token: string
  readonly project: string
  /** Written by everybody in the project. */
  readonly shared: ReadonlyMap<string, PromisedFile>
  /** Written by nobody else. */
  readonly own: Map<string, PromisedFile>
  readonly isFirst: boolean
}

type Answer = 'acknowledged' | 'refused' | 'in doubt'

export class SavingPerson {
  readonly counts: Saver = { acknowledged: 0, inDoubt: 0, refused: 0, deletions: 0, renames: 0, blobs: 0 }
  readonly number: number
  readonly project: string
  readonly shared: ReadonlyMap<string, PromisedFile>
  readonly isFirst: boolean
  readonly #own: Map<string, PromisedFile>
  readonly #token: string
  readonly #url: () => string
  #renamed = 0
  #doubtedRename: { readonly path: string; readonly to: string } | null = null

  constructor(url: () => string, { number, token, project, shared, own, isFirst }: SavingPersonOptions) {
    this.#url = url
    this.#token = token
    this.#own = own
    this.number = number
    this.project = project
    this.shared = shared
    this.isFirst = isFirst
  }

  /** The files whose state this person is asked for: their own, and one of them for all. */
  *judged(): Generator<[string, PromisedFile]> {
    yield* this.#own
    if (this.isFirst) yield* this.shared
  }

  async saveUntil(stopped: { readonly now: boolean }, random: () => number): Promise<void> {
    while (!stopped.now) {
      const answer = await this.#act(random)
      if (answer === 'acknowledged') this.counts.acknowledged += 1
      else if (answer === 'refused') this.counts.refused += 1
      else {
        this.counts.inDoubt += 1
        return
      }
    }
  }

  async #act(random: () => number): Promise<Answer> {
    const bytes =
      random() < 0.3 ? randomBytes(largeBytes + Math.floor(random() * 1000)) : randomBytes(20 + Math.floor(random() * 3000))
    if (random() < 0.5) {
      const [path, file] = pick([...this.shared], random)
      return await this.put(path, bytes, file.state)
    }
    const [path, file] = pick([...this.#own], random)
    const dice = random()
    if (file.state.version > 0 && dice < 0.15) return await this.#delete(path, file)
    if (file.state.version > 0 && dice < 0.3) return await this.#rename(path, file)
    return await this.put(path, bytes, file.state)
  }

  /** Saves over the version that is known. Somebody else may have been faster. */
  async put(path: string, bytes: Buffer, known: FileState): Promise<Answer> {
    const file = this.#fileOf(path)
    const next = { version: known.version + 1, sha: shaOf(bytes) }
    const response = await this.#ask('PUT', `files/${path}`, bytes, {
      'if-match': known.version === 0 ? '0' : `"${known.version}"`,
    })
    if (response === null) {
      file.doubt(next, this.number)
      return 'in doubt'
    }
    if (response.ok) {
      const { version, sha256 } = JSON.parse(response.text) as { version: number; sha256: string }
      file.acknowledge({ version, sha: sha256 }, this.number)
      if (version !== next.version || sha256 !== next.sha)
        throw new Error(`${path}: asked for version ${next.version}, was told ${version}`)
      if (bytes.length >= largeBytes) this.counts.blobs += 1
      return 'acknowledged'
    }
    return await this.#refusal(response, () => file.doubt(next, this.number))
  }

  async #delete(path: string, file: PromisedFile): Promise<Answer> {
    const response = await this.#ask('DELETE', `files/${path}`, null, { 'if-match': `"${file.state.version}"` })
    if (response === null) {
      file.doubt(absent, this.number)
      return 'in doubt'
    }
    if (!response.ok) return await this.#refusal(response, () => file.doubt(absent, this.number))
    file.acknowledge(absent, this.number)
    this.counts.deletions += 1
    return 'acknowledged'
  }

  /** To a new name. What was promised goes along; under the old name nothing may be. */
  async #rename(path: string, file: PromisedFile): Promise<Answer> {
    const to = `own/${this.number}/renamed-${++this.#renamed}.bin`
    const response = await this.#ask('POST', 'move', Buffer.from(JSON.stringify({ from: path, to })), {
      'content-type': 'application/json',
    })
    const doubt = (): void => {
      this.#doubtedRename = { path, to }
    }
    if (response === null) {
      doubt()
      return 'in doubt'
    }
    if (!response.ok) return await this.#refusal(response, doubt)
    this.#own.delete(path)
    this.#own.set(to, file)
    this.counts.renames += 1
    return 'acknowledged'
  }

  /** After a kill: a rename without an answer has happened or not. The file must be under one of both names, with what was promised. */
  async settleRename(): Promise<void> {
    const doubted = this.#doubtedRename
    this.#doubtedRename = null
    if (doubted === null || (await this.read(doubted.to)).version === 0) return
    const file = this.#fileOf(doubted.path)
    this.#own.set(doubted.to, file)
    // Nothing was promised under the old name, and nothing may be there.
    this.#own.set(doubted.path, new PromisedFile())
  }

  async read(path: string): Promise<FileState> {
    const response = await this.#mustAnswer(`files/${path}`)
    if (response.status === 404) return absent
    const bytes = Buffer.from(await response.arrayBuffer())
    return { version: Number((response.headers.get('etag') ?? '').replaceAll('"', '')), sha: shaOf(bytes) }
  }

  /** The SHA-256 of that version's bytes; what the server said where there are none. */
  async readVersion(path: string, version: number): Promise<string> {
    const response = await this.#mustAnswer(`history/${path}?version=${version}`)
    return response.ok ? shaOf(Buffer.from(await response.arrayBuffer())) : await response.text()
  }

  #fileOf(path: string): PromisedFile {
    const file = this.shared.get(path) ?? this.#own.get(path)
    if (file === undefined) throw new Error(`${path} is nobody's`)
    return file
  }

  /** What the server would not do, it did not do. What it could not do, it may have done. */
  async #refusal({ status, text }: { status: number; text: string }, doubt: () => void): Promise<Answer> {
    if (status === 429) await new Promise((next) => setTimeout(next, pauseMs))
    if ([404, 409, 412, 429].includes(status)) return 'refused'
    if (status < 500) throw new Error(`an answer that nobody expected: ${status} ${text}`)
    doubt()
    return 'in doubt'
  }

  /** null: no whole answer came. */
  async #ask(method: string, path: string, body: Buffer | null, headers: Record<string, string>) {
    try {
      const response = await fetch(`${this.#url()}/api/v1/projects/${this.project}/${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, ...headers },
        signal: AbortSignal.timeout(mostMs),
        ...(body === null ? {} : { body: new Uint8Array(body) }),
      })
      return { ok: response.ok, status: response.status, text: await response.text() }
    } catch {
      return null
    }
  }

  async #mustAnswer(path: string): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${this.#url()}/api/v1/projects/${this.project}/${path}`, {
        headers: { authorization: `Bearer ${this.#token}` },
      })
      if (response.ok || response.status === 404 || attempt === 40) return response
      await response.arrayBuffer()
      // After a kill the database may take a moment; too many questions in a row are answered later.
      await new Promise((next) => setTimeout(next, 500))
    }
  }
}

function pick<T>(from: readonly T[], random: () => number): T {
  const found = from[Math.floor(random() * from.length)]
  if (found === undefined) throw new Error('nothing to choose from')
  return found
}
