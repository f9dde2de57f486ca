/** Whether and how this machine can build the image. Every "no" says why, and what the person who hosts can type. */
import { access, constants, readdir, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { runStep } from './build-process.ts'
import hostPackages from './host-packages.json' with { type: 'json' }
import { findPackageSource, type PackageSource } from './package-source.ts'

export type Means = {
  readonly kind: 'able'
  readonly source: PackageSource
  /** Put before every command of a build: namespaces of its own, and low priority. */
  readonly prefix: readonly string[]
  /** mmdebstrap is not there, and we may install it: these packages bring it. Empty when it is there. */
  readonly installs: readonly string[]
  /** apt's own options for the way to the mirror (proxies, certificates), one `name "value";` each. */
  readonly aptOptions: readonly string[]
  /** The proxy variables of our environment. */
  readonly proxies: Readonly<Record<string, string>>
}

export type NoMeans = { readonly kind: 'unable'; readonly reason: string; readonly remedy: string }

/** Own mounts, own processes: nothing of a build is seen outside, and nothing outlives it. */
const ownNamespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
/** The ordinary user becomes root of a user namespace, with the sub-ids that /etc/subuid gives for the rest. */
const ownUsers = ['--user', '--map-root-user', '--map-auto']
/** The server's own work comes first. */
const lowPriority = ['nice', '-n', '15', 'ionice', '-c', '2', '-n', '7']

const proxyVariables = ['http_proxy', 'https_proxy', 'no_proxy']

const isRoot = process.getuid?.() === 0

export const buildPath = '/usr/sbin:/usr/bin:/sbin:/bin'

const probeMs = 10_000

export type BuildManners = {
  /** Our environment, of which only the proxy variables are used. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a build steps back behind everything else on the machine. */
  readonly isGentle: boolean
}

export async function findMeans({ environment, isGentle }: BuildManners, signal: AbortSignal): Promise<Means | NoMeans> {
  const source = await readPackageSource()
  if (source === null) {
    return {
      kind: 'unable',
      reason: "the package sources of this machine are neither Debian's nor Ubuntu's, so there is nowhere to take compilers from",
      remedy: 'Run Atelier on Debian or Ubuntu to have them.',
    }
  }
  const hasBootstrap = await isCommand('mmdebstrap')
  if (!isRoot) {
    const refusal = await whyNotAsUser(hasBootstrap, signal)
    if (refusal !== null) return refusal
  }
  const prefix = buildPrefix(isGentle)
  const complaint = await tryOut([...prefix, 'true'], signal)
  if (complaint !== null) {
    return {
      kind: 'unable',
      reason: `this machine does not let ${isRoot ? 'us' : 'an ordinary user'} make namespaces (${complaint})`,
      remedy: isRoot
        ? 'In a container, start it with the rights to mount, or run Atelier on the machine itself.'
        : 'Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1; on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0), or start once as root.',
    }
  }
  const proxies = Object.fromEntries(proxyVariables.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
  return {
    kind: 'able',
    source,
    prefix,
    installs: hasBootstrap ? [] : hostPackages.root,
    aptOptions: await readAptOptions(signal),
    proxies,
  }
}

export const buildPrefix = (isGentle: boolean): string[] => [
  ...ownNamespaces,
  ...(isRoot ? [] : ownUsers),
  ...(isGentle ? lowPriority : []),
]

async function readAptOptions(signal: AbortSignal): Promise<string[]> {
  const options: string[] = []
  await runStep({
    argv: ['apt-config', 'dump', 'Acquire'],
    environment: { PATH: buildPath, LC_ALL: 'C.UTF-8' },
    onLine: (line) => {
      if (/^Acquire::https?::(\S+::)?(Proxy|Proxy-Auto-Detect|CAInfo|Verify-Peer|Verify-Host) ".+";$/i.test(line))
        options.push(line)
    },
    signal,
  })
  return options
}

async function whyNotAsUser(hasBootstrap: boolean, signal: AbortSignal): Promise<NoMeans | null> {
  const install = `Type: sudo apt-get install -y ${hostPackages.user.join(' ')}`
  if (!hasBootstrap)
    return { kind: 'unable', reason: 'the program mmdebstrap, which builds the image, is not installed', remedy: install }
  if (!(await isCommand('newuidmap'))) {
    return {
      kind: 'unable',
      reason: 'the program newuidmap, which an ordinary user needs to build the image, is not installed',
      remedy: install,
    }
  }
  const { username, uid } = userInfo()
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    signal.throwIfAborted()
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.split('\n').some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`))) continue
    return {
      kind: 'unable',
      reason: `the user ${username} has no range in ${file}`,
      remedy: `Type: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`,
    }
  }
  return null
}

/** What a command says when it fails, or null when it works. */
async function tryOut(argv: readonly string[], signal: AbortSignal): Promise<string | null> {
  let complaint = ''
  const outcome = await runStep({
    argv,
    environment: { PATH: buildPath, LC_ALL: 'C.UTF-8' },
    onLine: (line) => {
      complaint ||= line
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(probeMs)]),
  })
  return outcome.kind === 'done' ? null : complaint || `exit code ${outcome.exitCode}`
}

async function isCommand(name: string): Promise<boolean> {
  for (const folder of buildPath.split(':')) {
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}

async function readPackageSource(): Promise<PackageSource | null> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const files = [
    '/etc/apt/sources.list',
    ...names
      .filter((name) => /\.(list|sources)$/.test(name))
      .sort()
      .map((name) => join(folder, name)),
  ]
  const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')
  const lists = new Map<string, string>()
  const mirrors = '/etc/apt/mirrors'
  for (const name of await readdir(mirrors).catch(() => [])) lists.set(join(mirrors, name), await read(join(mirrors, name)))
  const sources = await Promise.all(files.map(read))
  return findPackageSource(sources, await read('/etc/os-release'), (path) => lists.get(path) ?? null)
}
