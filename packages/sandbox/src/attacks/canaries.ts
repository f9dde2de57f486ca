/**
 * What an attack must not touch, made on this machine for one run of the corpus: a port, sockets, files, a process, a
 * secret in our own environment. `touched()` says in sentences what happened to them since.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Canaries = {
  /** Put in the place of @NAME@ in the programs. */
  readonly words: Readonly<Record<string, string>>
  /** Text that must come out of no box. */
  readonly secret: string
  touched(): string[]
  close(): Promise<void>
}

/** Settings of the kernel that a program with the rights of root would change to get out. */
const kernelSettings = ['core_pattern', 'modprobe', 'hostname', 'domainname', 'panic', 'sysrq'].map(
  (name) => `/proc/sys/kernel/${name}`,
)

export async function openCanaries(): Promise<Canaries> {
  const mark = randomBytes(8).toString('hex')
  const secret = `secret-${mark}`
  const folder = mkdtempSync(join(tmpdir(), 'atelier-canary-'))
  // As open as can be: what protects it must be the box, not its mode.
  chmodSync(folder, 0o777)
  const drop = join(folder, 'drop')
  mkdirSync(drop, { mode: 0o777 })
  chmodSync(drop, 0o777)
  const file = join(folder, 'file')
  writeFileSync(file, secret)
  chmodSync(file, 0o666)
  process.env.ATELIER_CANARY = secret
  let calls = 0
  const listen = async (where: { port: number; host: string } | { path: string }) => {
    const server = createServer((socket) => {
      calls += 1
      socket.on('error', () => {})
      socket.end('ESCAPED\n')
    })
    server.listen(where)
    await once(server, 'listening')
    return server
  }
  const tcp = await listen({ port: 0, host: '127.0.0.1' })
  const socket = join(folder, 'socket')
  const abstract = `atelier-canary-${mark}`
  const servers: Server[] = [tcp, await listen({ path: socket }), await listen({ path: `\0${abstract}` })]
  chmodSync(socket, 0o777)
  const sleeper = spawn('sleep', ['100000'], { stdio: 'ignore', env: { PATH: process.env.PATH ?? '', ATELIER_CANARY: secret } })
  const address = tcp.address()
  const settings = readSettings()
  const mounts = countMounts()

  return {
    secret,
    words: {
      PORT: String(typeof address === 'object' && address !== null ? address.port : 0),
      ...{ SOCKET: socket, ABSTRACT: abstract, FILE: file, FOLDER: folder, MARK: mark },
      ...{ SERVER: String(process.pid), SLEEPER: String(sleeper.pid) },
    },
    touched() {
      const found: string[] = []
      if (calls > 0) found.push(`${calls} connections to a server of the host`)
      calls = 0
      if (readFileSync(file, 'utf8') !== secret) found.push('a file of the host was changed')
      // Told once: what is found next was done by the next.
      writeFileSync(file, secret)
      for (const name of readdirSync(drop)) {
        found.push(`a file was left on the host: ${JSON.stringify(name)}`)
        rmSync(join(drop, name), { recursive: true, force: true })
      }
      if (readdirSync(folder).sort().join() !== 'drop,file,socket') found.push('the folder of the host was changed')
      if (sleeper.exitCode !== null || sleeper.signalCode !== null) found.push('a process of the host was ended')
      for (const [name, value] of Object.entries(readSettings())) {
        if (settings[name] !== value) found.push(`${name} was changed`)
      }
      if (countMounts() !== mounts) found.push('the mounts of the host were changed')
      return found
    },
    async close() {
      for (const server of servers) server.close()
      sleeper.kill('SIGKILL')
      delete process.env.ATELIER_CANARY
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function readSettings(): Record<string, string> {
  return Object.fromEntries(
    kernelSettings.map((name) => {
      try {
        return [name, readFileSync(name, 'latin1')]
      } catch {
        return [name, '']
      }
    }),
  )
}

/** Of our own mount namespace. Those of image builds that other tests do at the same time are in namespaces of their own. */
const countMounts = (): number => readFileSync('/proc/self/mountinfo', 'latin1').split('\n').length
