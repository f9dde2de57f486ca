/**
 * Loaded into the servers whose memory is compared (`node --import`): on SIGUSR2 V8 collects its garbage, so that what is held is
 * measured, not what has not been tidied up yet.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
process.on('SIGUSR2', () => {
  collect()
  // Once more for what the first time only let go.
  setImmediate(collect)
})
