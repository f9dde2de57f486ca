const fs = require('node:fs')
fs.writeFileSync('/tmp/x.node', Buffer.alloc(4096))
try { process.dlopen({ exports: {} }, '/tmp/x.node') } catch (error) { console.log(error.code) }
try { process.dlopen({ exports: {} }, '@FILE@') } catch (error) { console.log(error.code) }
