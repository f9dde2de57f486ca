/** A new project from a repository: made empty, filled, and taken away again when that fails. */
import { messageOf } from '../connection/api.ts'
import type { Workbench } from '../workbench/workbench.ts'
import { createGitRequests } from './git-requests.ts'

export type GitSource = { readonly url: string } | { readonly bundle: File }

const lookEveryMs = 700

/** Resolves with the project's id. `onStep` hears how far git is. */
export async function importProject(
  { connection: { api }, projects, notices }: Pick<Workbench, 'connection' | 'projects' | 'notices'>,
  name: string,
  source: GitSource,
  onStep: (step: string) => void,
): Promise<string> {
  const { id } = await projects.create(name, null)
  const requests = createGitRequests(api, id)
  const timer = setInterval(() => {
    requests.overview().then(
      ({ working }) => {
        if (working !== null && working.step !== '') onStep(working.step)
      },
      () => {},
    )
  }, lookEveryMs)
  try {
    await ('url' in source ? requests.importUrl(source.url) : requests.importBundle(source.bundle))
    return id
  } catch (error) {
    await projects.remove(id).catch((failure: unknown) => notices.error(messageOf(failure)))
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** What a repository is called, as a name for the project. */
export function nameOfSource(source: GitSource): string {
  const last = 'url' in source ? (source.url.split('/').findLast((part) => part !== '') ?? '') : source.bundle.name
  return last.replace(/\.(?:git|bundle)$/, '').slice(0, 120) || 'From Git'
}
