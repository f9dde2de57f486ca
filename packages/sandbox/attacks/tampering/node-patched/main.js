const real = process.reallyExit
process.reallyExit = () => real.call(process, 0)
process.exit = process._kill = process.abort = () => {}
process.emit = () => true
Object.prototype.toString = Array.prototype.push = Function.prototype.call
require('node:module').runMain = () => {}
real.call(process, 11)
