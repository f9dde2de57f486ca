/**
 * Debian packages. With the right to (root, or sudo without a password) they are installed; without, one line says what to
 * type, and everything goes on that can: the server then says itself what is missing for what.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { inState } from './places.mjs'
import { findProgram, run } from './programs.mjs'
import { note, SetupError, step } from './steps.mjs'

/** @typedef {{ package: string, isThere: () => boolean }} SystemPackage */

/** @param {string} name @param {string} [program] @returns {SystemPackage} */
const forProgram = (name, program = name) => ({ package: name, isThere: () => findProgram(program) !== undefined })
/** @param {string} name @param {string} path @returns {SystemPackage} */
const forFile = (name, path) => ({ package: name, isThere: () => existsSync(path) })

const forSandboxes = [
  forProgram('bubblewrap', 'bwrap'),
  forProgram('python3'),
  forFile('ca-certificates', '/etc/ssl/certs/ca-certificates.crt'),
]
// As root, the server brings these itself when it builds the toolchain image, behind the open page.
const forToolchains = process.getuid?.() === 0 ? [] : [forProgram('mmdebstrap'), forProgram('uidmap', 'newuidmap')]
// Machines (isolation "microvm") are for who wants them: 84 MB. Without, the server says which line installs them.
const forMachines =
  process.arch === 'x64'
    ? [
        forProgram('qemu-system-x86', 'qemu-system-x86_64'),
        forFile('qemu-system-data', '/usr/share/qemu/qboot.rom'),
        forProgram('erofs-utils', 'mkfs.erofs'),
      ]
    : []
// A second way to make containers, for root on hosts that forbid user namespaces: tested beside the first.
const forOtherContainers = process.getuid?.() === 0 ? [forProgram('crun')] : []
// The journeys follow the README, which uses curl, and look at the page in a browser.
const forJourneys = [
  forProgram('curl'),
  forProgram('chromium'),
  forFile('fonts-dejavu-core', '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'),
]

// What benchmarks measure ours beside.
const forReferences = [forProgram('ripgrep', 'rg')]

/** What each command needs of the machine. */
export const systemPackages = {
  start: [...forSandboxes, ...forToolchains],
  sandboxTests: [...forSandboxes, ...forToolchains, ...forOtherContainers, ...forMachines],
  test: [...forSandboxes, ...forToolchains, ...forOtherContainers, ...forMachines, ...forJourneys],
  bench: [...forSandboxes, ...forToolchains, ...forOtherContainers, ...forMachines, ...forJourneys, ...forReferences],
}

/** @param {SystemPackage[]} wanted */
export const missingFrom = (wanted) => wanted.filter((each) => !each.isThere()).map((each) => each.package)

/**
 * @param {string[]} missing
 * @param {{ required: boolean }} options required: without them there is no point in going on
 */
export async function installSystemPackages(missing, { required }) {
  const prefix = findProgram('apt-get') === undefined ? undefined : await rightToInstall()
  if (prefix === undefined || (!required && hasFailedLately(missing))) return sayWhatIsMissing(missing, required)
  await step('system packages', async (show) => {
    const apt = (/** @type {string[]} */ ...args) => {
      const [command = '', ...rest] = [
        ...prefix,
        'env',
        'DEBIAN_FRONTEND=noninteractive',
        'apt-get',
        '-q',
        '-o',
        'DPkg::Lock::Timeout=300',
        ...args,
      ]
      return run(command, rest, { onLine: (line) => show(progressIn(line)) })
    }
    const install = () => apt('install', '-y', '--no-install-recommends', ...missing)
    let result = hasPackageLists() ? await install() : undefined
    if (!result?.ok) {
      await apt('update')
      result = await install()
    }
    rmSync(failureFile, { force: true })
    if (result.ok) return missing.join(', ')
    if (required)
      throw new SetupError(`apt-get could not install ${missing.join(', ')}.`, {
        detail: result.lastWords,
        next: manualHint(missing),
      })
    note(
      ` ! not installed: ${missing.join(', ')}\n${result.lastWords.replace(/^/gm, '   │ ')}\n   Later, as root: ${installLine(missing)}`,
    )
    writeFileSync(failureFile, JSON.stringify({ missing, atMs: Date.now() }))
    return 'not installed'
  })
}

const failureFile = inState('system-packages-failed.json')
const retryAfterMs = 3600_000

/** A machine without network should not wait for apt-get at every start. @param {string[]} missing */
function hasFailedLately(missing) {
  try {
    const failure = JSON.parse(readFileSync(failureFile, 'utf8'))
    return failure.missing.join() === missing.join() && Date.now() - failure.atMs < retryAfterMs
  } catch {
    return false
  }
}

/** The words to put before apt-get, or undefined without the right. @returns {Promise<string[] | undefined>} */
async function rightToInstall() {
  if (process.getuid?.() === 0) return []
  return findProgram('sudo') && (await run('sudo', ['-n', 'true'], { timeoutMs: 5_000 })).ok ? ['sudo', '-n'] : undefined
}

/** @param {string[]} missing @param {boolean} required */
function sayWhatIsMissing(missing, required) {
  if (required) throw new SetupError(`Missing system packages: ${missing.join(', ')}.`, { next: manualHint(missing) })
  note(` ! missing system packages: ${missing.join(', ')}. Once, as root:\n     ${installLine(missing)}`)
}

/** @param {string[]} missing */
const manualHint = (missing) => `as root, run "${installLine(missing)}", then run the command again.`

/** @param {string[]} missing */
const installLine = (missing) => `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`

function hasPackageLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages') || name.includes('_InRelease'))
  } catch {
    return false
  }
}

/** @param {string} line */
function progressIn(line) {
  const [, verb, name] = /^(Unpacking|Setting up|Get:\d+ \S+ \S+ \S+) (\S+)/.exec(line) ?? []
  if (verb === undefined) return line.slice(0, 40)
  return `${verb.startsWith('Get:') ? 'fetching' : verb.toLowerCase()} ${name}`
}
