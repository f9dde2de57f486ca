/** A way to the server under test that can be switched off: connections break, and none come through until it is on again. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type NetworkSwitch = AsyncDisposable & {
  readonly url: string
  off(): void
  on(): void
}

export async function startNetworkSwitch(serverUrl: string): Promise<NetworkSwitch> {
  const port = Number(new URL(serverUrl).port)
  const open = new Set<Socket>()
  let isOn = true
  const proxy = createServer((client) => {
    if (!isOn) {
      client.destroy()
      return
    }
    const server = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  const off = (): void => {
    isOn = false
    for (const each of open) each.destroy()
  }
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    off,
    on: () => {
      isOn = true
    },
    async [Symbol.asyncDispose]() {
      off()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}

/** A port that nothing uses at this moment. */
export async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  holder.close()
  await once(holder, 'close')
  return port
}
