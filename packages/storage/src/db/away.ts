/** PostgreSQL's answers that mean "not now" rather than "your statement is wrong". */
const awayStates = new Set([
  '57P01', // shut down by the administrator
  '57P02', // another process of it crashed
  '57P03', // starting up or shutting down
  '57P05', // idle for too long
  '57014', // the statement took too long
  '25P03', // idle in a transaction for too long
  '25006', // a standby, or read-only
])
/** Classes of them: connection failures, and lack of connections, disk or memory; the last, errors of the system below. */
const awayClasses = ['08', '53', '58']
const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EAGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
// `pg` gives these no code.
const clientWords =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect|Cannot use a pool after)/

/**
 * Whether a statement failed because the database cannot be reached or cannot work, so that the same statement may succeed
 * later. Whether it took effect is then unknown.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if ('severity' in error) return awayStates.has(code) || awayClasses.includes(code.slice(0, 2))
  return (isSocketError(error) && systemCodes.has(code)) || clientWords.test(error.message)
}

/** Files have some of these codes too, but never from these calls. */
const isSocketError = (error: Error): boolean =>
  'syscall' in error && ['connect', 'read', 'write', 'getaddrinfo'].includes(String(error.syscall))
