/**
 * A WebSocket client that costs little: frames go out with a mask of zeros and come in without a copy. A thousand of them in one
 * process take less of the machine than the server that is measured.
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export type Address = {
  readonly port: number
  /** With its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** One of the loopback addresses, so that one port range does not bound the connections. */
  readonly localAddress?: string
}

/** A frame is only valid while its handler runs. The first ones come before `open` has resolved. */
export type FrameHandler = (frame: Buffer, socket: LightSocket, isText: boolean) => void

const [text, binary, closing, ping, pong] = [1, 2, 8, 9, 10]

export class LightSocket {
  readonly #socket: Socket
  #rest: Buffer | null = null
  #isUpgraded = false
  #opened: (() => void) | undefined
  #onFrame: FrameHandler
  closeCode: number | null = null
  isClosed = false
  framesIn = 0
  bytesIn = 0
  /** Runs once, when the connection is gone. */
  onClose: () => void = () => {}

  private constructor(socket: Socket, onFrame: FrameHandler) {
    this.#socket = socket
    this.#onFrame = onFrame
  }

  /** @throws when the server refuses */
  static open({ port, path, headers = {}, localAddress }: Address, onFrame: FrameHandler): Promise<LightSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) })
    const light = new LightSocket(socket, onFrame)
    return new Promise((resolve, reject) => {
      light.#opened = () => resolve(light)
      socket.on('connect', () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
            `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n` +
            `${Object.entries(headers)
              .map(([name, value]) => `${name}: ${value}\r\n`)
              .join('')}\r\n`,
        ),
      )
      socket.on('data', (chunk: Buffer) => {
        try {
          light.#take(chunk)
        } catch (error) {
          reject(error)
          socket.destroy(error as Error)
        }
      })
      socket.on('error', reject)
      socket.on('close', () => {
        light.isClosed = true
        reject(new Error(`the server closed ${path} before it answered`))
        light.onClose()
      })
    })
  }

  set onFrame(handler: FrameHandler) {
    this.#onFrame = handler
  }

  /** False: the other side does not read fast enough, wait for `drained`. */
  send(message: Uint8Array): boolean {
    return this.#socket.write(frameOf(binary, message))
  }

  sendText(message: string): boolean {
    return this.#socket.write(frameOf(text, Buffer.from(message)))
  }

  /** Bytes as they are, frame or not. */
  sendRaw(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes)
  }

  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#socket.once('drain', resolve)
      this.#socket.once('close', () => resolve())
    })
  }

  /** Stops and resumes reading, as a client that hangs does. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = null
    if (!this.#isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) {
        this.#rest = bytes
        return
      }
      const head = bytes.toString('latin1', 0, end)
      if (!head.startsWith('HTTP/1.1 101')) throw new Error(`refused: ${bytes.toString('utf8').slice(0, 600)}`)
      this.#isUpgraded = true
      this.#opened?.()
      bytes = bytes.subarray(end + 4)
    }
    for (let at = 0; ; ) {
      const head = headOf(bytes, at)
      if (head === null || at + head.size + head.length > bytes.length) {
        if (at < bytes.length) this.#rest = bytes.subarray(at)
        return
      }
      const payload = bytes.subarray(at + head.size, at + head.size + head.length)
      at += head.size + head.length
      this.#frame(head.opcode, payload)
    }
  }

  #frame(opcode: number, payload: Buffer): void {
    this.framesIn += 1
    this.bytesIn += payload.length
    if (opcode === ping) this.#socket.write(frameOf(pong, payload))
    else if (opcode === closing) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : null
      this.#socket.end(frameOf(closing, payload.subarray(0, 2)))
    } else this.#onFrame(payload, this, opcode === text)
  }
}

function headOf(bytes: Buffer, at: number): { opcode: number; size: number; length: number } | null {
  const [first, second] = [bytes[at], bytes[at + 1]]
  if (first === undefined || second === undefined) return null
  const opcode = first & 15
  const short = second & 127
  if (short < 126) return { opcode, size: 2, length: short }
  if (short === 126) return bytes.length < at + 4 ? null : { opcode, size: 4, length: bytes.readUInt16BE(at + 2) }
  return bytes.length < at + 10 ? null : { opcode, size: 10, length: Number(bytes.readBigUInt64BE(at + 2)) }
}

/** A frame as a client must send it, but for the mask, which is zeros: the payload stays as it is. */
export function frameOf(opcode: number, payload: Uint8Array, announced = payload.length): Buffer {
  const size = announced < 126 ? 6 : announced < 65_536 ? 8 : 14
  const frame = Buffer.alloc(size + payload.length)
  frame[0] = 0x80 | opcode
  if (size === 6) frame[1] = 0x80 | announced
  else if (size === 8) {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(announced, 2)
  } else {
    frame[1] = 0x80 | 127
    frame.writeBigUInt64BE(BigInt(announced), 2)
  }
  frame.set(payload, size)
  return frame
}
