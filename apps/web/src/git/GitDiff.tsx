/** One file of a commit beside what it was before. */
import type { GitChange } from '@atelier/protocol/git'
import { useCallback } from 'react'
import { TextsBeside } from '../editor/TextsBeside.tsx'
import { textOfBytes } from '../history/version-text.ts'
import type { GitRequests } from './git-requests.ts'

type Props = {
  readonly change: GitChange
  /** Commits; `from` null: there is none before, `to` null: the files as they are now. */
  readonly from: string | null
  readonly to: string | null
  readonly requests: GitRequests
}

export function GitDiff({ change: { path, change }, from, to, requests }: Props) {
  const read = useCallback(async () => {
    const textOf = async (isThere: boolean, commit: string | null): Promise<string | null> => {
      const bytes = isThere ? await requests.content(commit, path) : null
      return bytes === null ? '' : textOfBytes(bytes)
    }
    return Promise.all([textOf(change !== 'added' && from !== null, from), textOf(change !== 'deleted', to)])
  }, [requests, path, change, from, to])
  return <TextsBeside path={path} read={read} noText="This is no text, so there is nothing to compare line by line." />
}
