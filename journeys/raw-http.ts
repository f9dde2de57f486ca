/** HTTP as bytes on a connection, for what no decent client would send. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  /** The first status, or null when the server closed without a word. */
  readonly status: number | null
  readonly text: string
}

/** Sends the bytes as they are and reads until the server closes, or has answered and then been silent for a while. */
export async function sendRaw(
  url: string,
  bytes: string | Uint8Array | readonly (string | Uint8Array)[],
  silenceMs = 300,
): Promise<RawAnswer> {
  const socket = await openRaw(url)
  const answer = readAnswer(socket, silenceMs)
  for (const part of typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes) {
    if (socket.destroyed || socket.writableEnded) break
    if (!socket.write(part)) await roomIn(socket)
  }
  return answer
}

export async function openRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
  await once(socket, 'connect')
  socket.on('error', () => {})
  return socket
}

/** Resolves when the socket takes more, or is gone. */
function roomIn(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

function readAnswer(socket: Socket, silenceMs: number): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = ''
    // The silence counts from the first byte of the answer on: a slow server is waited for, up to a bound.
    let silence = setTimeout(() => socket.destroy(), 15_000)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      clearTimeout(silence)
      silence = setTimeout(() => socket.destroy(), silenceMs)
    })
    socket.on('close', () => {
      clearTimeout(silence)
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
      resolve({ status: status === undefined ? null : Number(status), text })
    })
  })
}

/** Resident memory of a process, bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident memory`)
  return Number(kilobytes) * 1024
}
