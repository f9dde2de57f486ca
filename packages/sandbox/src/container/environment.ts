/** The environment of every program before its own is added: listed, never the server's. */
export const baseEnvironment = {
  PATH: '/atelier/bin:/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
  USER: 'user',
  LOGNAME: 'user',
  SHELL: '/bin/sh',
} as const

const nodeFlags = '--require=/atelier/boot.cjs --experimental-transform-types --disable-warning=ExperimentalWarning'

/** What a warm Node is started with; boot.cjs takes the additions away again. */
export const nodeEnvironment = { ...baseEnvironment, ATELIER_BOOT: '1', NODE_OPTIONS: nodeFlags } as const
