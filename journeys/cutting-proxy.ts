/** A proxy in front of the server under test that cuts connections: the network at its worst. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type CuttingProxy = {
  readonly url: string
  /** Connections so far that carried a WebSocket. */
  readonly sockets: () => number
  [Symbol.asyncDispose](): Promise<void>
}

/** Each WebSocket is cut after `cutAfterBytes` from the server, wherever a message then is, until `cuts` were made. */
export async function startCuttingProxy(
  serverUrl: string,
  { cutAfterBytes, cuts }: { cutAfterBytes: number; cuts: number },
): Promise<CuttingProxy> {
  const port = Number(new URL(serverUrl).port)
  const open = new Set<Socket>()
  let sockets = 0
  let left = cuts
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    let isSocket = false
    let bytes = 0
    const end = (): void => {
      client.destroy()
      server.destroy()
    }
    for (const each of [client, server]) {
      open.add(each)
      each.on('error', end).on('close', () => {
        open.delete(each)
        end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      if (!isSocket && /upgrade: websocket/i.test(chunk.toString('latin1'))) {
        isSocket = true
        sockets++
      }
      server.write(chunk)
    })
    let isCut = false
    server.on('data', (chunk: Buffer) => {
      if (isCut) return
      const more = cutAfterBytes - bytes
      bytes += chunk.length
      if (!isSocket || left === 0 || bytes < cutAfterBytes) {
        client.write(chunk)
        return
      }
      isCut = true
      left--
      client.write(chunk.subarray(0, Math.max(0, more)), end)
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    sockets: () => sockets,
    async [Symbol.asyncDispose]() {
      for (const each of open) each.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
