/** What git refuses, in words for the person who asked. What git or another server said itself is quoted, shortened. */
import { Refusal } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'
import { gitLimits } from '@atelier/protocol/git'
import type { Failure } from './results.ts'

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`

export function refusalOf({ error, said }: Failure): Refusal {
  switch (error) {
    case 'remote':
      return remoteRefusal(said)
    case 'rejected':
      return new Refusal(
        'git-conflict',
        'The other server has commits on that branch that this project lacks, or does not take pushes to it, so nothing was pushed. Pull first, or push to a branch with another name.',
      )
    case 'diverged':
      return new Refusal(
        'git-conflict',
        'Both this project and the other server have commits that the other lacks, so nothing was pulled. Push yours to a branch with another name, and bring the two together there.',
      )
    case 'bad-bundle':
    case 'bad-refs':
      return new Refusal(
        'invalid-archive',
        `That is no whole git bundle${quote(said)}. Nothing was imported. Make it with: git bundle create project.bundle --all`,
      )
    case 'hostile-path':
      return new Refusal(
        'invalid-archive',
        `The repository has a file named ${JSON.stringify(said.slice(0, 200))}, which some machines would take for git's own folder. Git itself refuses to check such a repository out. Nothing was changed.`,
      )
    case 'damaged':
      return new Refusal('invalid-archive', 'The repository is damaged: an object in it cannot be read. Nothing was changed.')
    case 'empty-repository':
      return new Refusal('git-conflict', 'There is no branch with a commit in it, so there is nothing to import.')
    case 'no-branch':
      return new Refusal('not-found', 'The repository has no branch of that name. Leave the branch out, or name another one.')
    case 'no-commit':
      return new Refusal('not-found', 'There is no such commit in the repository of this project.')
    case 'no-file':
      return new Refusal('not-found', 'The commit has no such file.')
    case 'nothing-to-commit':
      return new Refusal('git-conflict', 'Nothing has changed since the last commit, so there is nothing to commit.')
    case 'uncommitted':
      return new Refusal(
        'git-conflict',
        `Some files have changes that are in no commit (${said.split('\n').slice(0, 5).join(', ')}). Commit them first: they would be lost.`,
      )
    case 'bad-path':
      return new Refusal('git-conflict', `Git does not take the name of one of the files${quote(said)}. Rename it.`)
    case 'too-many-refs':
      return tooLarge(`The repository has more than ${gitLimits.refs} branches and tags, which is the most`)
    case 'too-many-files':
      return tooLarge(`There are more than ${fileLimits.filesPerProject} files, which is the most that a project can have`)
    case 'repository-too-large':
      return repositoryTooLarge()
    case 'files-too-large':
      return tooLarge(
        `The files have more than ${megabytes(gitLimits.filesBytes)} together, which is the most that git works on here`,
      )
    case 'content-too-large':
      return tooLarge(`The file has more than ${megabytes(gitLimits.contentBytes)}`)
    case 'patch-too-large':
      return tooLarge(`The difference has more than ${megabytes(gitLimits.patchBytes)}; ask for one file of it`)
    case 'wall':
    case 'cpu':
      return tooLarge(
        'Git took too long, and was ended. The repository is too large for this server, or the other server too slow',
      )
    case 'oom':
    case 'disk':
    case 'output':
    case 'processes':
      return tooLarge('The repository is too large for this server: git needed more memory than it may have, and was ended')
    case 'failed':
      return new Refusal('git-conflict', `Git could not do that${quote(said)}. Nothing was changed.`)
    default:
      return new Refusal('git-unavailable', 'Git broke on this server. Nothing was changed; tell the person who hosts.')
  }
}

export const repositoryTooLarge = (): Refusal =>
  tooLarge(`A repository has at most ${megabytes(gitLimits.repositoryBytes)} when packed`)

export const filesTooLarge = (): Refusal =>
  tooLarge(
    `The files of this project have more than ${megabytes(gitLimits.filesBytes)} together, which is the most that git works on here`,
  )

const tooLarge = (what: string): Refusal => new Refusal('too-large', `${what}. Nothing was changed.`)

export const changedMeanwhile = (): Refusal =>
  new Refusal('git-conflict', 'The repository was changed by somebody else meanwhile. Nothing was changed; try again.')

export const projectIsBusy = (what: string): Refusal =>
  new Refusal('git-busy', `Git is working on this project already (${what}). Try again when that is done.`, {
    retryAfterSeconds: 5,
  })

export const noCommitYet = (): Refusal => new Refusal('git-conflict', 'This project has no commit yet. Commit its files first.')

function remoteRefusal(said: string): Refusal {
  const failed = (sentence: string): Refusal => new Refusal('git-remote-failed', sentence)
  if (/Authentication failed|could not read Username|HTTP Basic: Access denied|error: 401|error: 403/i.test(said))
    return failed(
      'The other server did not let us in: the repository is private or not there, or the token is missing, wrong or expired. Store a token for that host, and try again.',
    )
  if (/CONNECT tunnel failed, response 403|HTTP code 403 from proxy/i.test(said))
    return new Refusal(
      'network-refused',
      'That host may not be reached from this server: its address is not on the public internet, or it is not among those that the person who hosts allows.',
    )
  if (/CONNECT tunnel failed|from proxy after CONNECT|Could not resolve|timed out|Failed to connect|Empty reply/i.test(said))
    return failed('The other server does not answer. Look at the address, and try again later.')
  if (/redirect/i.test(said)) return failed(`The other server sends us to another address${quote(said)}. Type that one.`)
  if (/certificate|SSL|TLS/i.test(said))
    return failed(`The other server could not prove who it is${quote(said)}. Nothing was sent.`)
  if (/not found|does not appear to be a git repository|error: 404|not valid: is this a git repository/i.test(said))
    return failed(
      'There is no git repository at that address, or it is private. Look at the address; for a private one, store a token.',
    )
  return failed(`The other server did not do that${quote(said)}.`)
}

const quote = (said: string): string => {
  const line = said
    .split('\n')
    .findLast((each) => /fatal:|error:|\S/.test(each))
    ?.replace(/^(?:fatal|error): /, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what another server says is shown to people
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
    .slice(0, 300)
    .replace(/\.$/, '')
  return line === undefined || line === '' ? '' : ` (it said: ${line})`
}
