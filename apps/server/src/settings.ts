/** Every setting of the server. The README's table and `--help` are made from this file. */
import { logLevels } from '@atelier/base/log'
import {
  choiceSetting,
  choicesSetting,
  numberSetting,
  type SettingsOf,
  textSetting,
  webAddressSetting,
} from '@atelier/base/settings'
import { isolationLevels } from '@atelier/protocol/executions'
import { embedOriginsSetting } from './embeds/embed-origins.ts'

const seconds = (count: number): number => count * 1000
const megabytes = (count: number): number => count * 1024 * 1024

export const settingTable = {
  port: numberSetting({
    env: 'ATELIER_PORT',
    flag: 'port',
    default: undefined,
    defaultShown: 'first free from 3000',
    min: 1,
    max: 65_535,
    meaning: 'Port to listen on',
  }),
  host: textSetting({
    env: 'ATELIER_HOST',
    flag: 'host',
    default: '127.0.0.1',
    placeholder: 'ADDRESS',
    meaning: 'Address to listen on; 0.0.0.0 lets other machines in',
  }),
  data: textSetting({
    env: 'ATELIER_DATA',
    flag: 'data',
    default: '.atelier/data',
    placeholder: 'FOLDER',
    meaning: 'Folder for everything that is kept: database, files, toolchains, keys',
  }),
  variant: choiceSetting({
    env: 'ATELIER_VARIANT',
    flag: 'variant',
    default: 'v2',
    choices: ['v0', 'v1', 'v2'],
    meaning: 'Preset of the design choices: v0 naive (no isolation), v1 operational transformation, v2 the usual one',
  }),
  isolation: choiceSetting({
    env: 'ATELIER_ISOLATION',
    flag: 'isolation',
    default: undefined,
    defaultShown: 'container; process with v0',
    choices: isolationLevels,
    meaning: 'The wall around a program that asks for none',
  }),
  isolationMinimum: choiceSetting({
    env: 'ATELIER_ISOLATION_MINIMUM',
    default: undefined,
    defaultShown: 'container, or the usual wall when that is weaker',
    choices: isolationLevels,
    meaning: 'The weakest wall that a request may ask for',
  }),
  isolations: choicesSetting({
    env: 'ATELIER_ISOLATIONS',
    default: undefined,
    defaultShown: 'the weakest and all that are stronger',
    choices: isolationLevels,
    meaning: 'The walls that a request may ask for, separated by commas; each is tried out when the server starts',
  }),
  trustEveryone: choiceSetting({
    env: 'ATELIER_TRUST_EVERYONE',
    default: 'no',
    choices: ['no', 'yes'],
    meaning: 'Allow programs without isolation (process) although other machines can reach this server',
  }),
  publicUrl: webAddressSetting({
    env: 'PUBLIC_URL',
    default: undefined,
    meaning: 'Address that people type when a proxy stands in front, e.g. https://code.example.org',
  }),
  embedOrigins: {
    ...textSetting({
      env: 'ATELIER_EMBED_ORIGINS',
      default: '*',
      placeholder: 'LIST',
      meaning: 'Pages that may show embeds in a frame: *, none, or origins such as https://docs.example.org, separated by commas',
    }),
    parse: embedOriginsSetting,
  },
  trustProxy: choiceSetting({
    env: 'TRUST_PROXY',
    default: 'no',
    choices: ['no', 'yes'],
    meaning: 'Believe X-Forwarded-* headers; only behind a proxy of yours',
  }),
  databaseUrl: textSetting({
    env: 'DATABASE_URL',
    default: undefined,
    defaultShown: 'embedded PostgreSQL',
    placeholder: 'URL',
    meaning: 'PostgreSQL server to use instead of the embedded one',
  }),
  backupBeforeUpgrade: choiceSetting({
    env: 'ATELIER_BACKUP_BEFORE_UPGRADE',
    default: 'yes',
    choices: ['yes', 'no'],
    meaning: 'Whether a newer Atelier writes the database to DATA/backups before it changes its tables; the last three are kept',
  }),
  oidcIssuer: textSetting({
    env: 'ATELIER_OIDC_ISSUER',
    default: undefined,
    defaultShown: 'none: passwords only',
    placeholder: 'URL',
    meaning: 'OpenID Connect provider with which people may sign in; its callback is PUBLIC_URL/oidc/callback',
  }),
  oidcClientId: textSetting({
    env: 'ATELIER_OIDC_CLIENT_ID',
    default: undefined,
    meaning: 'What that provider knows this server as',
  }),
  oidcClientSecret: textSetting({
    env: 'ATELIER_OIDC_CLIENT_SECRET',
    default: undefined,
    defaultShown: 'none: a public client, with PKCE',
    meaning: 'The secret that belongs to it',
  }),
  metricsToken: textSetting({
    env: 'ATELIER_METRICS_TOKEN',
    default: undefined,
    defaultShown: 'none: only this machine may read them',
    meaning: 'Bearer token with which /metrics may be read from other machines',
  }),
  logLevel: choiceSetting({
    env: 'LOG_LEVEL',
    default: 'info',
    choices: logLevels,
    meaning: 'How much is logged to DATA/logs/server.log',
  }),
  toolchain: choiceSetting({
    env: 'ATELIER_TOOLCHAIN',
    default: 'build',
    choices: ['build', 'off'],
    meaning: 'Whether the Debian 13 image with the compilers is built in the background',
  }),
  toolchainFolder: textSetting({
    env: 'ATELIER_TOOLCHAIN_FOLDER',
    default: undefined,
    defaultShown: 'DATA/toolchain',
    placeholder: 'FOLDER',
    meaning: 'Where that image is kept; several servers of one machine may share it',
  }),
  runsc: textSetting({
    env: 'ATELIER_RUNSC',
    default: undefined,
    defaultShown: "fetched from Debian's packages",
    placeholder: 'FILE',
    meaning: 'gVisor’s program, for the isolation "gvisor"',
  }),
  tiers: textSetting({
    env: 'ATELIER_TIERS',
    default: undefined,
    defaultShown: 'guest, free and premium, as in SPECIFICATION.md',
    placeholder: 'JSON',
    meaning:
      'Tiers of users: JSON, or a file that has it, e.g. {"guest": {"executionsPerHour": 100}, "class": {"like": "free", "storageBytes": 1000000000}}',
  }),
  auditDays: numberSetting({
    env: 'ATELIER_AUDIT_DAYS',
    default: 365,
    min: 1,
    max: 36_500,
    meaning: 'How long the audit log is kept, days; it goes by whole months',
  }),
  warmSandboxes: numberSetting({
    env: 'ATELIER_WARM_SANDBOXES',
    default: 4,
    min: 0,
    max: 64,
    meaning: 'Sandboxes kept warm per kind',
  }),
  executionsAtOnce: numberSetting({
    env: 'ATELIER_EXECUTIONS_AT_ONCE',
    default: 16,
    min: 1,
    max: 1000,
    meaning: 'Programs that run at once on this server',
  }),
  executionsPerUser: numberSetting({
    env: 'ATELIER_EXECUTIONS_PER_USER',
    default: 4,
    min: 1,
    max: 1000,
    meaning: 'Programs that one user may run at once',
  }),
  queueLength: numberSetting({
    env: 'ATELIER_QUEUE_LENGTH',
    default: 500,
    min: 0,
    max: 100_000,
    meaning: 'Requests that may wait for a sandbox',
  }),
  queueWaitMs: numberSetting({
    env: 'ATELIER_QUEUE_WAIT_MS',
    default: seconds(10),
    min: 0,
    max: seconds(600),
    meaning: 'How long a request waits for a sandbox before 503, milliseconds',
  }),
  cpuMs: numberSetting({
    env: 'ATELIER_CPU_MS',
    default: seconds(10),
    min: 10,
    max: seconds(3600),
    meaning: 'CPU time of an execution, milliseconds',
  }),
  cpuMsMax: numberSetting({
    env: 'ATELIER_CPU_MS_MAX',
    default: seconds(60),
    min: 10,
    max: seconds(3600),
    meaning: 'The most that a request may ask for',
  }),
  wallMs: numberSetting({
    env: 'ATELIER_WALL_MS',
    default: seconds(30),
    min: 10,
    max: seconds(86_400),
    meaning: 'Wall time of an execution, milliseconds',
  }),
  wallMsMax: numberSetting({
    env: 'ATELIER_WALL_MS_MAX',
    default: seconds(300),
    min: 10,
    max: seconds(86_400),
    meaning: 'The most that a request may ask for',
  }),
  memoryBytes: numberSetting({
    env: 'ATELIER_MEMORY_BYTES',
    default: megabytes(256),
    min: megabytes(16),
    max: 2 ** 40,
    meaning: 'Memory of an execution, files it writes included',
  }),
  memoryBytesMax: numberSetting({
    env: 'ATELIER_MEMORY_BYTES_MAX',
    default: megabytes(1024),
    min: megabytes(16),
    max: 2 ** 40,
    meaning:
      'The most that a request may ask for, whatever its tier: premium allows 2 GB, of which its users get what this allows',
  }),
  processes: numberSetting({
    env: 'ATELIER_PROCESSES',
    default: 64,
    min: 1,
    max: 4096,
    meaning: 'Processes and threads of an execution',
  }),
  processesMax: numberSetting({
    env: 'ATELIER_PROCESSES_MAX',
    default: 256,
    min: 1,
    max: 4096,
    meaning: 'The most that a request may ask for',
  }),
  diskBytes: numberSetting({
    env: 'ATELIER_DISK_BYTES',
    default: megabytes(64),
    min: megabytes(1),
    max: 2 ** 40,
    meaning: 'Writable folders of an execution (kept in its memory)',
  }),
  diskBytesMax: numberSetting({
    env: 'ATELIER_DISK_BYTES_MAX',
    default: megabytes(512),
    min: megabytes(1),
    max: 2 ** 40,
    meaning: 'The most that a request may ask for',
  }),
  outputBytes: numberSetting({
    env: 'ATELIER_OUTPUT_BYTES',
    default: megabytes(32),
    min: 1024,
    max: 2 ** 40,
    meaning: 'Output after which an execution is ended',
  }),
  outputBytesMax: numberSetting({
    env: 'ATELIER_OUTPUT_BYTES_MAX',
    default: megabytes(64),
    min: 1024,
    max: 2 ** 40,
    meaning: 'The most that a request may ask for',
  }),
  outputKeptBytes: numberSetting({
    env: 'ATELIER_OUTPUT_KEPT_BYTES',
    default: megabytes(1),
    min: 1024,
    max: megabytes(64),
    meaning: 'How much of the end of the output is kept',
  }),
  retentionHours: numberSetting({
    env: 'ATELIER_RETENTION_HOURS',
    default: 24,
    min: 1,
    max: 24 * 365,
    meaning: 'How long executions and their output are kept, hours',
  }),
  historyAllDays: numberSetting({
    env: 'ATELIER_HISTORY_ALL_DAYS',
    default: 30,
    min: 1,
    max: 36_500,
    meaning: 'How long every version of a file is kept, days; then one per hour',
  }),
  historyHourlyDays: numberSetting({
    env: 'ATELIER_HISTORY_HOURLY_DAYS',
    default: 180,
    min: 1,
    max: 36_500,
    meaning: 'How long one version per hour is kept, days; then one per day. Named ones stay',
  }),
  historyDeletedDays: numberSetting({
    env: 'ATELIER_HISTORY_DELETED_DAYS',
    default: 30,
    min: 1,
    max: 36_500,
    meaning: 'How long deleted files can be brought back, days',
  }),
  compileCacheBytes: numberSetting({
    env: 'ATELIER_COMPILE_CACHE_BYTES',
    default: megabytes(512),
    min: 0,
    max: 2 ** 40,
    meaning: 'Compiled programs that are kept for the next run, bytes',
  }),
  egressHosts: textSetting({
    env: 'ATELIER_EGRESS_HOSTS',
    default: undefined,
    defaultShown: 'none: programs have no network',
    placeholder: 'HOSTS',
    meaning:
      'Hosts that programs may reach when a request asks for it, e.g. pypi.org,*.pythonhosted.org; * is the whole public internet',
  }),
  egressPorts: textSetting({
    env: 'ATELIER_EGRESS_PORTS',
    default: '80,443',
    placeholder: 'PORTS',
    meaning: 'Ports of those hosts, separated by commas',
  }),
  egressBytes: numberSetting({
    env: 'ATELIER_EGRESS_BYTES',
    default: megabytes(64),
    min: 1024,
    max: 2 ** 40,
    meaning: 'What one execution may send to and receive from those hosts together, bytes',
  }),
  gitHosts: textSetting({
    env: 'ATELIER_GIT_HOSTS',
    default: undefined,
    defaultShown: 'none: only bundles come in and go out',
    placeholder: 'HOSTS',
    meaning:
      'Servers that git may import from and push to over https, e.g. github.com,*.gitlab.example.org; * is the whole public internet',
  }),
  gitPorts: textSetting({
    env: 'ATELIER_GIT_PORTS',
    default: '443',
    placeholder: 'PORTS',
    meaning: 'Ports of those servers, separated by commas',
  }),
  exportFolder: textSetting({
    env: 'ATELIER_EXPORT_FOLDER',
    default: undefined,
    defaultShown: 'none: projects are exported to git servers only',
    placeholder: 'FOLDER',
    meaning: 'Folder of this machine into which owners may have their projects exported again and again',
  }),
} as const

export type Settings = SettingsOf<typeof settingTable>

/** Of these only whether they are set is ever shown. */
const secretSettings: ReadonlySet<string> = new Set<keyof Settings>(['databaseUrl', 'metricsToken', 'oidcClientSecret'])

/** What is in force, for administrators. */
export const shownSettings = (settings: Settings): { name: string; value: string | null; meaning: string }[] =>
  (Object.keys(settingTable) as (keyof Settings)[]).map((key) => {
    const { env, meaning } = settingTable[key]
    const value = settings[key]
    if (value === undefined) return { name: env, value: null, meaning }
    return { name: env, value: secretSettings.has(key) ? 'set' : String(value), meaning }
  })

/** The names of those that are not as they come. */
export const givenSettings = (settings: Settings): string[] =>
  (Object.keys(settingTable) as (keyof Settings)[])
    .filter((key) => settings[key] !== settingTable[key].default)
    .map((key) => settingTable[key].env)
