/** The branch that the files are of, and behind it the others: switch, make, delete. */
import { type GitOverview, isBranchName } from '@atelier/protocol/git'
import { type FormEvent, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { Icon } from '../design/Icon.tsx'
import { MenuButton, MenuItem, MenuLine } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import type { GitRequests } from './git-requests.ts'

type Props = {
  readonly overview: GitOverview
  readonly requests: GitRequests
  readonly canWrite: boolean
  readonly before: () => Promise<unknown>
  readonly onChanged: () => Promise<void>
}

type Asking = 'nothing' | 'new' | 'delete'

export function BranchMenu({ overview, requests, canWrite, before, onChanged }: Props) {
  const { notices } = useWorkbench()
  const [asking, setAsking] = useState<Asking>('nothing')
  const [name, setName] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const others = overview.branches.filter(({ name: each }) => each !== overview.branch)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setIsBusy(true)
    try {
      await before()
      await work()
      await onChanged()
      setAsking('nothing')
      setName('')
    } catch (error) {
      notices.error(messageOf(error))
    } finally {
      setIsBusy(false)
    }
  }
  const switchTo = (branch: string): Promise<void> =>
    attempt(async () => {
      const { written, deleted } = await requests.switchTo(branch)
      notices.info(`The files are those of “${branch}”: ${written} written, ${deleted} deleted.`)
    })
  const create = (event: FormEvent): void => {
    event.preventDefault()
    void attempt(async () => {
      await requests.createBranch(name.trim())
      await requests.switchTo(name.trim())
    })
  }
  if (!canWrite) return <span className="git-branch">{overview.branch}</span>
  if (asking === 'new')
    return (
      <form className="git-new-branch" onSubmit={create}>
        <input
          className="input"
          value={name}
          // biome-ignore lint/a11y/noAutofocus: it was asked for just now
          autoFocus
          maxLength={200}
          aria-label="Name of the new branch"
          placeholder="Name of the new branch"
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            event.stopPropagation()
            setAsking('nothing')
          }}
        />
        <button type="submit" className="button primary" disabled={isBusy || !isBranchName(name.trim())}>
          Make
        </button>
      </form>
    )
  return (
    <MenuButton
      align="end"
      trigger={
        <button type="button" className="button git-branch" aria-label={`Branch ${overview.branch}`} disabled={isBusy}>
          {isBusy ? <span className="spinner" /> : <Icon name="source-control" />}
          <bdi>{overview.branch}</bdi>
          <Icon name="chevron-down" />
        </button>
      }
    >
      {others.map(({ name: branch }) => (
        <MenuItem key={branch} text={<bdi>{branch}</bdi>} detail="Switch to it" onClick={() => void switchTo(branch)} />
      ))}
      {others.length === 0 ? <div className="menu-item quiet-text">This is the only branch.</div> : null}
      <MenuLine />
      <MenuItem
        icon="add"
        text="New branch"
        detail={overview.commit === null ? 'After the first commit' : 'From the last commit'}
        disabled={overview.commit === null}
        onClick={() => setAsking('new')}
      />
      {others.map(({ name: branch }) => (
        <MenuItem
          key={`delete ${branch}`}
          icon="trash"
          danger
          text={
            <>
              Delete <bdi>{branch}</bdi>
            </>
          }
          onClick={() => void attempt(() => requests.deleteBranch(branch))}
        />
      ))}
    </MenuButton>
  )
}
