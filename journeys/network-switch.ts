/** A way to the server under test that can be switched off: connections break, and none come through until it is on again. */
import { randomInt } from 'node:crypto'
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

/**
 * A port that nothing uses at this moment, below those that the system gives away by itself: who tries again and again to connect to
 * one of them while nobody listens is given it one day, and then nobody else can have it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const holder = createServer()
    const isFree = await new Promise<boolean>((resolve) =>
      holder.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
    )
    if (!isFree) continue
    holder.close()
    await once(holder, 'close')
    return port
  }
}
