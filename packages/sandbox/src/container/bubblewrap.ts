/**
 * The command that starts a zygote: bubblewrap with a read-only root made of the host's /usr or of the toolchain image.
 *
 * Run by root, bubblewrap itself runs as an ordinary user id that nobody else has, with a range of such ids mapped into its
 * user namespace from outside: kernel uid 0 exists nowhere in a box. Because that user may not be able to reach our folders,
 * a private mount namespace first puts what is needed in a place that everybody can reach; it vanishes with the process.
 */
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupPlan } from '../cgroups/cgroups.ts'
import type { Root } from '../sandbox.ts'

export const insideFolder = join(import.meta.dirname, 'inside')

export type ZygoteCommand = {
  readonly root: Root
  readonly nodeBinary: string
  readonly plan: GroupPlan
  /** Where the proxies' sockets are, for the zygote's relays (inside/relay.py). */
  readonly egressFolder: string | null
  /** The user and group id bubblewrap runs as; null: our own. */
  readonly user: number | null
  readonly environment: Readonly<Record<string, string>>
}

/** Descriptors of the started command: 3 the zygote's channel, 4 facts about its process, 5 closed once its users are mapped. */
export const channels = { zygote: 3, facts: 4, mapped: 5 } as const

export const hostEtc = [
  ...[
    'alternatives',
    'ld.so.cache',
    'ld.so.conf',
    'ld.so.conf.d',
    'ssl/certs',
    'ssl/openssl.cnf',
    'ca-certificates',
    'ca-certificates.conf',
  ],
  ...[
    'mime.types',
    'protocols',
    'services',
    'debian_version',
    'python3',
    'java',
    'magic',
    'terminfo',
    'locale.alias',
    'fonts',
    'localtime',
    'os-release',
  ],
]
export const ourEtc = ['passwd', 'group', 'hosts', 'nsswitch.conf']
/** Symbolic links into /usr on merged systems. */
export const linkedFolders = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']

export function zygoteCommand(options: ZygoteCommand): { file: string; args: string[] } {
  if (options.user === null) return { file: 'bwrap', args: bubblewrapArguments(options, (source) => source) }
  const { stage, places } = chooseStage(options)
  const args = bubblewrapArguments(options, (source) => {
    const place = places.find(([folder]) => source === folder || source.startsWith(`${folder}/`))
    return place === undefined ? source : place[1] + source.slice(place[0].length)
  })
  const script = ['--mount', '--propagation', 'private', '--', '/bin/sh', '-euc', stageScript(stage), 'sh']
  return { file: 'unshare', args: [...script, String(options.user), ...places.flat(), '--', 'bwrap', ...args] }
}

/** $1 user, then pairs of source and place until "--", then the command. */
function stageScript(stage: string): string {
  return `user=$1; shift
mount -t tmpfs -o mode=755,size=1m stage ${stage}
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "$2"; else : > "$2"; fi
  mount --bind "$1" "$2"; shift 2
done
shift
exec setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"`
}

/** An existing folder that hides none of our sources when something is mounted over it, and where in it each will be. */
function chooseStage(options: ZygoteCommand): { stage: string; places: [string, string][] } {
  const { root, egressFolder, nodeBinary } = options
  const more = [...(root.kind === 'image' ? [root.folder] : []), ...(egressFolder === null ? [] : [egressFolder])]
  const sources = [insideFolder, nodeBinary, ...more]
  const stage = ['/mnt', '/media', '/srv', '/opt', '/home'].find(
    (folder) => existsSync(folder) && !sources.some((source) => source === folder || source.startsWith(`${folder}/`)),
  )
  if (stage === undefined) throw new Error('no folder to stage a root filesystem in')
  return { stage, places: sources.map((source, index) => [source, `${stage}/${index}`]) }
}

function bubblewrapArguments(options: ZygoteCommand, reach: (source: string) => string): string[] {
  const bind = (source: string, target: string) => ['--ro-bind', reach(source), target]
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--as-pid-1'],
    ...['--uid', '0', '--gid', '0', '--cap-add', 'ALL', '--die-with-parent', '--new-session', '--hostname', 'atelier'],
    ...['--info-fd', String(channels.facts)],
    ...(options.user === null ? [] : ['--userns-block-fd', String(channels.mapped)]),
    '--clearenv',
    ...Object.entries(options.environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...(options.root.kind === 'host' ? hostRoot(bind) : imageRoot(options.root.folder, bind)),
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev', '--dir', '/tmp', '--dir', '/project', '--dir', '/run'],
    ...['--dir', '/atelier', '--dir', '/atelier/bin'],
    ...bind(options.nodeBinary, '/atelier/bin/node'),
    ...bind(join(insideFolder, 'boot.cjs'), '/atelier/boot.cjs'),
    // All that only the zygote may see lies here; every box detaches it before user code runs.
    ...['--tmpfs', '/z'],
    ...bind(insideFolder, '/z/inside'),
    ...(options.egressFolder === null ? [] : bind(options.egressFolder, '/z/egress')),
    ...options.plan.binds.flatMap(({ folder, source }) => ['--bind', reach(source), `/z/cgroups/${folder}`]),
    ...['--remount-ro', '/', '--chdir', '/', '--', '/usr/bin/python3', '/z/inside/zygote.py'],
  ]
}

type Bind = (source: string, target: string) => string[]

function hostRoot(bind: Bind): string[] {
  return [
    ...['usr', ...linkedFolders].flatMap((name) => linkOrBind(`/${name}`, `/${name}`, bind)),
    // Folders that bubblewrap makes by itself are for its own user only.
    ...['--dir', '/etc', '--dir', '/etc/ssl'],
    ...hostEtc.flatMap((name) => linkOrBind(`/etc/${name}`, `/etc/${name}`, bind)),
    ...['--dir', '/var'],
    ...ourEtc.flatMap((name) => bind(join(insideFolder, 'etc', name), `/etc/${name}`)),
  ]
}

/** The image's own /etc, with our user; only what exists there can be replaced. */
function imageRoot(folder: string, bind: Bind): string[] {
  return [
    ...['usr', 'opt', 'etc', 'var', ...linkedFolders].flatMap((name) => linkOrBind(join(folder, name), `/${name}`, bind)),
    ...ourEtc.flatMap((name) =>
      existsSync(join(folder, 'etc', name)) ? bind(join(insideFolder, 'etc', name), `/etc/${name}`) : [],
    ),
  ]
}

function linkOrBind(source: string, target: string, bind: Bind): string[] {
  const facts = lstatSync(source, { throwIfNoEntry: false })
  if (facts === undefined) return []
  return facts.isSymbolicLink() ? ['--symlink', readlinkSync(source), target] : bind(source, target)
}
