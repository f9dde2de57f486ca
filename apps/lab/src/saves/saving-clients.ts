/**
 * Clients that save files over HTTP as fast as the server answers, in a process of their own, so that their work does not look
 * like the server's. Each has one keep-alive connection and one file; every save says which version it saves over.
 *
 * Told by lines of JSON on its input: first a Setup, then a Round each. Answers a line of JSON to each round.
 *
 * The requests are written into a prepared buffer and the answers are read just far enough: a general HTTP client would
 * take more of the machine than the server does.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export type SavedFile = { readonly token: string; readonly projectId: string; readonly path: string; readonly version: number }
export type Setup = { readonly port: number; readonly text: string; readonly files: readonly SavedFile[] }
export type Round = { readonly ms: number }
export type RoundResult = { readonly perSecond: number; readonly latenciesMs: readonly number[] }

const saved = Buffer.from('HTTP/1.1 200 ')
const brace = '}'.charCodeAt(0)
const versionDigits = 10
const stampDigits = 12

class SavingClient {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #versionAt: number
  readonly #stampAt: number
  #version: number
  #stamp = 0
  #answered: ((answer: Buffer) => void) | undefined

  constructor({ port, text }: Setup, file: SavedFile) {
    const body = Buffer.from(text)
    const head = [
      `PUT /api/v1/projects/${file.projectId}/files/${file.path} HTTP/1.1`,
      'host: localhost',
      `authorization: Bearer ${file.token}`,
      'content-type: text/plain',
      `content-length: ${body.length}`,
      `if-match: "${'0'.repeat(versionDigits)}"`,
      '',
      '',
    ].join('\r\n')
    this.#request = Buffer.concat([Buffer.from(head), body])
    this.#versionAt = head.indexOf('"') + 1
    this.#stampAt = head.length
    this.#version = file.version
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (answer: Buffer) => this.#answered?.(answer))
  }

  async saveUntil(endMs: number, latenciesMs: number[]): Promise<void> {
    while (performance.now() < endMs) {
      const startedAt = performance.now()
      await this.#save()
      latenciesMs.push(performance.now() - startedAt)
    }
  }

  async #save(): Promise<void> {
    // The stamp makes every content a different one.
    this.#request.write(String(this.#stamp++).padStart(stampDigits, '0'), this.#stampAt, 'latin1')
    this.#request.write(String(this.#version).padStart(versionDigits, '0'), this.#versionAt, 'latin1')
    this.#socket.write(this.#request)
    const answer = await new Promise<Buffer>((resolve) => {
      this.#answered = resolve
    })
    this.#version += 1
    // An answer is so short that it comes in one piece, from the status to the last brace.
    if (answer.compare(saved, 0, saved.length, 0, saved.length) !== 0 || answer[answer.length - 1] !== brace)
      throw new Error(`not saved: ${answer}`)
  }
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T | undefined> => {
    const { value, done } = await lines.next()
    return done ? undefined : (JSON.parse(value) as T)
  }
  const setup = await next<Setup>()
  if (setup === undefined) return
  const clients = setup.files.map((file) => new SavingClient(setup, file))
  for (let round = await next<Round>(); round !== undefined; round = await next<Round>()) {
    const latenciesMs: number[] = []
    const startedAt = performance.now()
    await Promise.all(clients.map((client) => client.saveUntil(startedAt + (round?.ms ?? 0), latenciesMs)))
    const perSecond = (latenciesMs.length / (performance.now() - startedAt)) * 1000
    const result: RoundResult = { perSecond, latenciesMs }
    if (!process.stdout.write(`${JSON.stringify(result)}\n`)) await once(process.stdout, 'drain')
  }
  process.exit(0)
}

if (import.meta.main) await main()
