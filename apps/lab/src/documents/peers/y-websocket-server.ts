/** @y/websocket-server as it is published, storing into LevelDB (which does not wait for the disk). */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('say where the documents are stored')
process.env.YPERSISTENCE = folder
const log = console.info
console.info = () => {}
// Reads its settings when it is loaded.
const { setupWSConnection } = await import('@y/websocket-server/utils')
console.info = log
const sockets = new WebSocketServer({ noServer: true })
const server = createServer((_, response) => response.end())
server.on('upgrade', (request, stream, head) => {
  sockets.handleUpgrade(request, stream, head, (socket) => setupWSConnection(socket, request))
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  process.stdout.write(`${JSON.stringify({ port: address.port })}\n`)
})
process.on('SIGTERM', () => process.exit(0))
