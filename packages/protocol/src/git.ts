/** Git: commits of a project's files, branches, other servers that have the repository too, and what is exported there by itself. */
import { z } from 'zod'

export const gitLimits = {
  /** The packed repository of one project, bytes. */
  repositoryBytes: 64 * 1024 * 1024,
  /** All files of a project that git works on, bytes. */
  filesBytes: 64 * 1024 * 1024,
  /** Branches and tags of one repository. */
  refs: 2000,
  /** Characters of a commit's message. */
  messageLength: 20_000,
  /** Bytes of a patch, and of a file of a commit. */
  patchBytes: 1024 * 1024,
  contentBytes: 8 * 1024 * 1024,
  /** Files that a list of changes names. */
  changesListed: 2000,
  branchLength: 200,
  urlLength: 2000,
  tokenLength: 4096,
  tokensPerUser: 20,
  /** How often an export may be made, minutes. */
  exportMinutesLeast: 5,
  exportMinutesMost: 1440,
} as const

const notInRefs = /[\p{Cc}\s~^:?*[\\\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]|\.\.|@\{|\/\/|\/\./u

/** What git takes as the name of a branch, and nothing that a command could take for an option. */
export function isBranchName(name: string): boolean {
  if (name === '' || name.length > gitLimits.branchLength || !name.isWellFormed()) return false
  if (notInRefs.test(name) || /^[-./@]|[./]$/.test(name) || name === 'HEAD') return false
  return name.split('/').every((part) => !part.endsWith('.lock') && !part.startsWith('-'))
}

export const BranchName = z
  .string()
  .refine(
    isBranchName,
    'is no name of a branch: letters, digits, "-", "_", "." and "/", not beginning with "-" or ".", and without spaces',
  )
  .meta({ description: 'Name of a branch' })
export const CommitId = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'is no id of a commit: 40 hexadecimal digits')
  .describe('Id of a commit')

const oneLine = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    .regex(/^[^\u0000-\u001f\u007f<>\u2028\u2029]*$/, 'is one line without "<" and ">"')

/** Who commits are by. */
export const GitIdentity = z
  .strictObject({
    name: oneLine(100),
    email: oneLine(200).regex(/^[^\s@]+@[^\s@]+$/, 'is no e-mail address'),
  })
  .meta({ id: 'GitIdentity' })
export type GitIdentity = z.infer<typeof GitIdentity>

export const GitChange = z
  .object({
    path: z.string(),
    change: z.enum(['added', 'modified', 'deleted']),
    added: z.int().nullable().describe('Lines; null for what is no text'),
    removed: z.int().nullable(),
  })
  .meta({ id: 'GitChange' })
export type GitChange = z.infer<typeof GitChange>

/** `git-files`: what is different from the last commit. */
export const GitStatus = z
  .object({
    branch: z.string(),
    commit: z.string().nullable().describe('The last commit; null before the first'),
    changes: z.array(GitChange),
    areAll: z.boolean().describe('false: there are more changes than are listed'),
    leftOut: z.array(z.string()).describe('Files that git would not take, such as one named .git'),
  })
  .meta({ id: 'GitStatus' })
export type GitStatus = z.infer<typeof GitStatus>

export const GitCommit = z
  .object({
    id: z.string(),
    parents: z.array(z.string()),
    author: z.object({ name: z.string(), email: z.string() }),
    at: z.iso.datetime(),
    subject: z.string(),
    message: z.string().describe('Cut after 20,000 characters'),
  })
  .meta({ id: 'GitCommit' })
export type GitCommit = z.infer<typeof GitCommit>

export const GitLog = z.object({ items: z.array(GitCommit), nextCursor: z.string().nullable() }).meta({ id: 'GitLog' })
export type GitLog = z.infer<typeof GitLog>

export const GitCommitChanges = z
  .object({ commit: GitCommit, changes: z.array(GitChange), areAll: z.boolean() })
  .meta({ id: 'GitCommitChanges' })
export type GitCommitChanges = z.infer<typeof GitCommitChanges>

export const GitExportTarget = z.enum(['remote', 'folder'])
export const GitExportState = z
  .object({
    target: GitExportTarget,
    url: z.string().nullable(),
    branch: z.string().nullable(),
    everyMinutes: z.int(),
    lastSuccessAt: z.iso.datetime().nullable(),
    lastError: z.string().nullable().describe('null: the last one went well'),
    nextAt: z.iso.datetime(),
  })
  .meta({ id: 'GitExportState' })
export type GitExportState = z.infer<typeof GitExportState>

export const GitExportSetting = z
  .strictObject({
    target: GitExportTarget,
    url: z.string().max(gitLimits.urlLength).optional().describe('With "remote": where to push'),
    branch: BranchName.optional().describe('With "remote": the branch there; by default the one of the project'),
    everyMinutes: z.int().min(gitLimits.exportMinutesLeast).max(gitLimits.exportMinutesMost).default(15),
  })
  .meta({ id: 'GitExportSetting' })
export type GitExportSetting = z.infer<typeof GitExportSetting>

export const GitOverview = z
  .object({
    branch: z.string().describe('The branch that the files are of'),
    branches: z.array(z.object({ name: z.string(), commit: z.string() })),
    tags: z.array(z.object({ name: z.string(), commit: z.string() })),
    commit: z.string().nullable().describe('The last commit; null before the first'),
    repositoryBytes: z.int(),
    remoteUrl: z.string().nullable().describe('Where it came from, or was pushed to last'),
    identity: GitIdentity.describe('Who your commits are by'),
    hosts: z.array(z.string()).describe('Servers that git may reach from here; none: only bundles come in'),
    exportFolder: z.boolean().describe('Whether this server can export into a folder of its own'),
    working: z
      .object({ what: z.string(), step: z.string() })
      .nullable()
      .describe('What git is doing for this project at this moment'),
    export: GitExportState.nullable(),
  })
  .meta({ id: 'GitOverview' })
export type GitOverview = z.infer<typeof GitOverview>

export const GitCommitCreation = z
  .strictObject({
    message: z.string().trim().min(1, 'a commit needs a message').max(gitLimits.messageLength),
    paths: z.array(z.string().max(255)).min(1).max(10_000).optional().describe('Only these; by default all changes'),
  })
  .meta({ id: 'GitCommitCreation' })
export type GitCommitCreation = z.infer<typeof GitCommitCreation>

export const GitBranchCreation = z
  .strictObject({ name: BranchName, from: CommitId.optional().describe('By default the last commit') })
  .meta({ id: 'GitBranchCreation' })
export const GitSwitch = z.strictObject({ branch: BranchName }).meta({ id: 'GitSwitch' })
export const GitSwitched = z
  .object({ branch: z.string(), written: z.int().describe('Files'), deleted: z.int() })
  .meta({ id: 'GitSwitched' })
export type GitSwitched = z.infer<typeof GitSwitched>

export const GitImport = z
  .strictObject({
    url: z.string().max(gitLimits.urlLength).describe('https://host/path'),
    branch: BranchName.optional().describe('By default the one that the server names'),
  })
  .meta({ id: 'GitImport' })
export const GitImported = z
  .object({
    branch: z.string(),
    commit: z.string(),
    files: z.int().describe('Files that were written'),
    leftOut: z
      .array(z.object({ path: z.string(), why: z.string() }))
      .describe('What a project cannot hold, such as symbolic links; it stays in the repository'),
  })
  .meta({ id: 'GitImported' })
export type GitImported = z.infer<typeof GitImported>

export const GitPush = z
  .strictObject({
    url: z.string().max(gitLimits.urlLength).optional().describe('By default where it came from, or was pushed to last'),
    branch: BranchName.optional().describe('The branch there; by default the one of the project'),
  })
  .meta({ id: 'GitPush' })
/** By default from where it came, or was pushed to last. */
export const GitPull = z
  .strictObject({
    url: z.string().max(gitLimits.urlLength).optional(),
    branch: BranchName.optional().describe('The branch there; by default the one of the project'),
  })
  .meta({ id: 'GitPull' })
export const GitPushed = z
  .object({ url: z.string(), branch: z.string(), commit: z.string(), upToDate: z.boolean() })
  .meta({ id: 'GitPushed' })
export const GitPulled = z
  .object({
    ...{ branch: z.string(), commit: z.string().nullable(), upToDate: z.boolean() },
    ...{ written: z.int().describe('Files'), deleted: z.int() },
  })
  .meta({ id: 'GitPulled' })
export type GitPulled = z.infer<typeof GitPulled>
export type GitPushed = z.infer<typeof GitPushed>

export const GitToken = z.object({ host: z.string(), username: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'GitToken' })
export type GitToken = z.infer<typeof GitToken>
export const GitTokenList = z.object({ items: z.array(GitToken) }).meta({ id: 'GitTokenList' })
export type GitTokenList = z.infer<typeof GitTokenList>
export const GitTokenSetting = z
  .strictObject({
    username: oneLine(200).default('git').describe('Where a host wants one beside the token; many take any'),
    token: z
      .string()
      .min(1)
      .max(gitLimits.tokenLength)
      .regex(/^[\u0021-\u007e]*$/, 'has characters that no token has')
      .describe('Kept encrypted, sent to this host alone, never shown again'),
  })
  .meta({ id: 'GitTokenSetting' })
