import { pino } from 'pino'

/** Structured log: a fixed phrase and fields, `log.info('execution ended', { execution, reason })`. */
export interface Log {
  debug(phrase: string, fields?: Record<string, unknown>): void
  info(phrase: string, fields?: Record<string, unknown>): void
  warn(phrase: string, fields?: Record<string, unknown>): void
  /** `fields.error` carries the Error; its stack and causes are written out. */
  error(phrase: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Log
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Lines that wait to be written, bytes; more of them are dropped. */
const waitingBytes = 4 * 1024 * 1024

/** One JSON object per line on standard error, or appended to `file`. Lines that cannot be written, as on a full disk, are lost. */
export function openLog(level: LogLevel, file?: string): Log {
  const to = file === undefined ? { dest: 2 } : { dest: file, mkdir: true }
  const destination = pino.destination({ ...to, sync: false, maxLength: waitingBytes })
  // Nobody could be told but the log.
  destination.on('error', () => {})
  const root = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: pino.stdSerializers.err } },
    destination,
  )
  return wrap(root)
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }

function wrap(logger: pino.Logger): Log {
  return {
    debug: (phrase, fields) => logger.debug(fields ?? {}, phrase),
    info: (phrase, fields) => logger.info(fields ?? {}, phrase),
    warn: (phrase, fields) => logger.warn(fields ?? {}, phrase),
    error: (phrase, fields) => logger.error(fields ?? {}, phrase),
    child: (fields) => wrap(logger.child(fields)),
  }
}
