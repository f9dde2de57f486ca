/**
 * Where the image's packages come from: the mirror that this machine's own apt is set up with. No host name is written
 * down here. A Debian host of any age builds Debian 13 from its mirror; an Ubuntu host builds from its own release.
 */

export type PackageSource = {
  /** The release to build, "trixie". */
  readonly suite: string
  /** One-line apt entries, ready for mmdebstrap. */
  readonly lines: readonly string[]
  /** The first mirror's host, for messages. */
  readonly host: string
}

type AptEntry = {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** Debian's release that every Debian host builds, so that the toolchains are the same everywhere. */
const debianSuite = 'trixie'

/** Options of an entry that say how it is trusted; the rest (languages, architectures) is not for us. */
const keptOptions = ['signed-by', 'trusted', 'check-valid-until']

/**
 * `sources` are the texts of /etc/apt/sources.list and sources.list.d; `osRelease` that of /etc/os-release;
 * `readList` reads the list that a mirror+file: address names. Null: this machine's apt knows neither Debian nor Ubuntu.
 */
export function findPackageSource(
  sources: readonly string[],
  osRelease: string,
  readList: (path: string) => string | null = () => null,
): PackageSource | null {
  const os = parseOsRelease(osRelease)
  const entries = sources.flatMap(parseSources)
  const isUbuntu = os.ID === 'ubuntu' || (os.ID_LIKE ?? '').split(' ').includes('ubuntu')
  const codename = isUbuntu ? (os.UBUNTU_CODENAME ?? os.VERSION_CODENAME) : os.VERSION_CODENAME
  if (!isUbuntu && os.ID !== 'debian') return null
  const own = codename === undefined ? ['stable', 'testing', 'unstable', 'sid'] : [codename, 'stable', 'testing']
  const archive = entries.find((entry) => entry.components.includes('main') && entry.suites.some((suite) => own.includes(suite)))
  if (archive === undefined) return null
  const suite = isUbuntu ? (codename ?? '') : debianSuite
  const uri = addressOf(archive, readList)
  if (uri === null || suite === '') return null
  const components = isUbuntu ? 'main universe' : 'main'
  const updates = isUbuntu ? ['updates', 'security'] : ['security']
  const lines = [lineOf(archive, uri, suite, components)]
  for (const update of updates) {
    const entry = entries.find((each) => each.suites.some((name) => own.some((base) => name === `${base}-${update}`)))
    const address = entry === undefined ? null : addressOf(entry, readList)
    if (entry !== undefined && address !== null) lines.push(lineOf(entry, address, `${suite}-${update}`, components))
  }
  return { suite, lines, host: hostOf(uri) }
}

function lineOf(entry: AptEntry, uri: string, suite: string, components: string): string {
  const options = keptOptions.flatMap((name) => {
    const value = entry.options[name]
    return value === undefined || !/^[\w/.,:-]+$/.test(value) ? [] : [`${name}=${value}`]
  })
  return `deb ${options.length === 0 ? '' : `[${options.join(' ')}] `}${uri} ${suite} ${components}`
}

function addressOf(entry: AptEntry, readList: (path: string) => string | null): string | null {
  for (const uri of entry.uris) {
    if (/^(https?|file):\S+$/.test(uri)) return uri
    const list = /^mirror\+file:(?:\/\/)?(\/\S+)$/.exec(uri)?.[1]
    const first = list === undefined ? undefined : /^\s*(https?:\/\/\S+)/m.exec(readList(list) ?? '')?.[1]
    if (first !== undefined) return first
  }
  return null
}

const hostOf = (uri: string): string => (URL.canParse(uri) ? new URL(uri).host : '') || uri

/** Both formats of apt: one line per entry, and paragraphs of fields ("deb822"). */
export function parseSources(text: string): AptEntry[] {
  return /^Types:/im.test(text) ? text.split(/\n\s*\n/).flatMap(parseParagraph) : text.split('\n').flatMap(parseLine)
}

function parseLine(line: string): AptEntry[] {
  const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
  if (found === null) return []
  const [, optionText = '', uri = '', suite = '', components = ''] = found
  const options = Object.fromEntries(
    optionText
      .split(/\s+/)
      .filter((item) => item.includes('='))
      .map((item) => [item.slice(0, item.indexOf('=')).toLowerCase(), item.slice(item.indexOf('=') + 1)]),
  )
  return [{ uris: [uri], suites: [suite], components: words(components), options }]
}

function parseParagraph(paragraph: string): AptEntry[] {
  const fields: Record<string, string> = {}
  let name = ''
  for (const line of paragraph.split('\n')) {
    if (line.startsWith('#')) continue
    const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line)
    if (field !== null) {
      name = (field[1] ?? '').toLowerCase()
      fields[name] = field[2] ?? ''
    } else if (name !== '') {
      fields[name] = `${fields[name] ?? ''}\n${line.trim()}`
    }
  }
  if (!words(fields.types ?? '').includes('deb') || fields.enabled?.trim().toLowerCase() === 'no') return []
  const options = Object.fromEntries(keptOptions.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key].trim()]])))
  return [
    { uris: words(fields.uris ?? ''), suites: words(fields.suites ?? ''), components: words(fields.components ?? ''), options },
  ]
}

function parseOsRelease(text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)].map(([, name = '', value = '']) => [name, value]))
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')
