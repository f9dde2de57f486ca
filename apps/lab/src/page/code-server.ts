/** code-server over a folder, with nothing in the way: no password, no welcome page, no questions of trust, no news. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

export type CodeServer = {
  /** The address that opens the folder. */
  readonly url: string
  stop(): Promise<void>
}

const readyMs = 60_000
const settings = {
  ...{ 'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'telemetry.telemetryLevel': 'off' },
  ...{ 'security.workspace.trust.enabled': false, 'git.enabled': false, 'chat.disableAIFeatures': true },
}

/** Null without the program, which `npm run bench` names in the environment when it could install it. */
export async function startCodeServer(folder: string): Promise<CodeServer | null> {
  const program = process.env.ATELIER_CODE_SERVER
  if (program === undefined) return null
  const home = await mkdtemp(join(tmpdir(), 'atelier-code-server-'))
  const data = join(home, 'data')
  await mkdir(join(data, 'User'), { recursive: true })
  await writeFile(join(data, 'User/settings.json'), JSON.stringify(settings))
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [
      ...[program, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--user-data-dir', data],
      ...['--extensions-dir', join(home, 'extensions'), '--config', join(home, 'config.yaml')],
      ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override'],
      folder,
    ],
    { stdio: 'ignore', env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home }, detached: true },
  )
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const stop = async (): Promise<void> => {
    // Its editor's server and watchers are processes of their own, in the same group.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await exited
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
  const url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`
  for (const deadline = Date.now() + readyMs; ; await new Promise((next) => setTimeout(next, 100))) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null)
    if (answer?.ok === true) return { url, stop }
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop()
      throw new Error('code-server did not start')
    }
  }
}

/** In the page: resolves when nothing held up its frames for a while, or after the longest wait. A plain string: no part of this program. */
const settled = `new Promise((done) => {
  const began = performance.now()
  let [last, calm] = [began, began]
  const look = () => {
    const now = performance.now()
    if (now - last > 100) calm = now
    last = now
    if (now - calm > 2000 || now - began > 30000) done(undefined)
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})`

/** Waits until a page has done what it does when it opens, so that it is not measured beside that. */
export const untilSettled = (page: Page): Promise<unknown> => page.evaluate(settled)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
