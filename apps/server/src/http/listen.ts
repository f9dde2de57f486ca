import { SettingError } from '@atelier/base/settings'
import type { App } from './app.ts'

const firstPort = 3000
const lastPort = 3099

/** Listens on `port`, or on the first free port from 3000 when none is asked for. Returns the port. */
export async function listen(app: App, host: string, port: number | undefined): Promise<number> {
  const last = port ?? lastPort
  for (let candidate = port ?? firstPort; candidate <= last; candidate++) {
    try {
      await app.listen({ host, port: candidate, backlog: 1024 })
      return candidate
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EADDRINUSE' && candidate < last) continue
      if (code === 'EADDRINUSE')
        throw new SettingError(`Port ${candidate} is in use by another program. Choose another with --port, or leave it out.`, {
          cause: error,
        })
      if (code === 'EACCES')
        throw new SettingError(`Port ${candidate} needs more rights than this user has. Choose one above 1023.`, { cause: error })
      if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
        throw new SettingError(`This machine has no address "${host}". Use 127.0.0.1, 0.0.0.0 or one of its own with --host.`, {
          cause: error,
        })
      throw error
    }
  }
  throw new SettingError('No port is free.')
}

/** How a person on this machine reaches the server. */
export const urlOf = (host: string, port: number): string => {
  const name =
    host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1'
      ? 'localhost'
      : host.includes(':')
        ? `[${host}]`
        : host
  return `http://${name}:${port}`
}
