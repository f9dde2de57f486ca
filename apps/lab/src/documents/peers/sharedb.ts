/**
 * ShareDB with the type ot-text-unicode, as its documentation sets it up. It keeps documents in memory: what it is without a database
 * adapter, and the fastest it can be (the adapter for PostgreSQL writes the whole text for each operation).
 */
import { createServer } from 'node:http'
import { Duplex } from 'node:stream'
import { type as textType } from 'ot-text-unicode'
import ShareDB from 'sharedb'
import { type WebSocket, WebSocketServer } from 'ws'

ShareDB.types.register(textType)
const backend = new ShareDB()
const sockets = new WebSocketServer({ noServer: true })
const server = createServer((request, response) => {
  // PUT /name with the text to begin with.
  let text = ''
  request.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  request.on('end', () =>
    backend
      .connect()
      .get('texts', (request.url ?? '/').slice(1))
      .create(text, textType.uri, (error) => {
        response.statusCode = error === undefined || error === null ? 200 : 500
        response.end(error?.message)
      }),
  )
})
server.on('upgrade', (request, stream, head) => {
  sockets.handleUpgrade(request, stream, head, (socket) => backend.listen(streamOf(socket)))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  process.stdout.write(`${JSON.stringify({ port: address.port })}\n`)
})

/** What @teamwork/websocket-json-stream does. */
function streamOf(socket: WebSocket): Duplex {
  const stream = new Duplex({
    objectMode: true,
    read() {},
    write(message: unknown, _, done) {
      socket.send(JSON.stringify(message), () => done())
    },
  })
  socket.on('message', (data) => stream.push(JSON.parse(data.toString())))
  socket.on('close', () => stream.destroy())
  stream.on('error', () => socket.terminate())
  return stream
}
