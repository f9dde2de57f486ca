/** What a stranger would call things: names that would be markup, attributes, addresses or whole lines, if somebody forgot that they are text. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

export const attack = (mark: string): string =>
  `"'><img src=x onerror="window.attacked='${mark}'"><script>window.attacked='${mark}'</script>`

/** Within the forty characters of a person's name. */
export const hostilePerson = '"><img src=x onerror=attacked=1>'
export const hostileHandler = `" autofocus onfocus="attacked=2" x="`

/** Names of files that may be: markup, a handler, a script's address, and one as long as a name can be. */
export const hostilePaths: readonly string[] = [
  `${attack('file')}.py`,
  `${hostileHandler}.py`,
  'javascript:attacked=3.py',
  `${'w'.repeat(252)}.py`,
]

/** Turns what follows around; letters that are never shown so must not stand after it. */
export const turned = 'invoice\u202Eyp.exe'

/** Nothing of it ran, and nothing sticks out: neither of the window, nor of a dialog. */
export async function isHarmless(page: Page, what: string): Promise<void> {
  assert.equal(await page.evaluate('window.attacked'), undefined, what)
  const out = await page.evaluate<string[]>(`(async () => {
    const sticksOut = () => {
      const wide = [...document.querySelectorAll('[role=dialog], [role=menu]')].filter((each) => {
        const { left, right } = each.getBoundingClientRect()
        return left < -1 || right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1
      })
      const page = document.documentElement.scrollWidth > innerWidth + 1 ? ['the page'] : []
      return [...page, ...wide.map((each) => each.textContent.slice(0, 80))]
    }
    // A window that was just made narrower is laid out over some frames.
    for (let frames = 200; frames > 0 && sticksOut().length > 0; frames -= 1) await new Promise(requestAnimationFrame)
    return sticksOut()
  })()`)
  assert.deepEqual(out, [], what)
}

/** A bundle whose branches, authors, messages and files are of that kind. `paths` may be such as no project takes. */
export function hostileBundle(paths: readonly string[] = hostilePaths): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-hostile-git-'))
  const environment = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  const git = (input: string, ...args: string[]) =>
    execFileSync('git', args, { cwd: folder, env: environment, input, stdio: ['pipe', 'pipe', 'pipe'] })
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`
  const quoted = (path: string): string => `"${path.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
  const commit = (branch: string, message: string, files: readonly string[], parent = ''): string =>
    `commit refs/heads/${branch}\ncommitter ${attack('author').replaceAll(/[<>]/g, '')} ${turned} <"onerror=attacked=4@x> 1700000000 +0000\n${data(message)}${parent}${files.map((path) => `M 100644 inline ${quoted(path)}\n${data(`${attack('content')}\n`)}`).join('')}\n`
  try {
    git('', 'init', '-q', '-b', 'main')
    git(
      commit('main', `${attack('subject')} ${turned}\n\n${attack('message')}\n${'m'.repeat(3000)}\n`, paths) +
        commit(`<img/src=x/onerror=attacked=5>`, 'javascript:attacked=6', [], 'from refs/heads/main\n') +
        commit(`b${'r'.repeat(190)}`, `${'s'.repeat(500)}`, [], 'from refs/heads/main\n'),
      'fast-import',
      '--quiet',
    )
    git('', 'bundle', 'create', '-q', 'out.bundle', '--all', 'HEAD')
    return readFileSync(join(folder, 'out.bundle'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
