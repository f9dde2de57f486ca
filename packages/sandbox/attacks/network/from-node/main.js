const net = require('node:net')
let left = 0
for (const options of [{ port: @PORT@, host: '127.0.0.1' }, { port: @PORT@, host: '::1' }, { path: '@SOCKET@' }, { path: '\0@ABSTRACT@' }, { port: 80, host: '169.254.169.254' }]) {
  left += 1
  const socket = net.connect(options)
  socket.on('connect', () => { console.log('ESCAPED ' + JSON.stringify(options)); socket.destroy() })
  socket.on('error', () => {})
}
