/** Stands between browser and server and counts what the server sends: headers, bodies, sockets, workers, everything. */
import { connect, createServer, type Socket } from 'node:net'

export type CountingProxy = {
  readonly url: string
  /** Bytes towards the browser so far. */
  bytes(): number
  close(): Promise<void>
}

export async function openCountingProxy(target: URL): Promise<CountingProxy> {
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer((browser) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [browser, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        browser.destroy()
        upstream.destroy()
      })
    }
    upstream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    browser.pipe(upstream).pipe(browser)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://localhost:${address.port}`,
    bytes: () => bytes,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
