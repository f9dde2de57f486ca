const fs = require('node:fs')
for (let fd = 3; fd < 64; fd++) {
  for (const text of ['R', 'R\n', '{"status":0,"cpuUs":0,"residentBytes":0,"full":false}\n', 'EESCAPED']) try { fs.writeSync(fd, text) } catch {}
}
process.reallyExit(9)
