/** Other places that have the repository too: a bundle on one's own disk, another git server, an export that goes by itself. */
import type { GitOverview, GitToken } from '@atelier/protocol/git'
import { type FormEvent, useCallback, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'
import { ExportForm } from './ExportForm.tsx'
import type { GitRequests } from './git-requests.ts'

type Props = { readonly overview: GitOverview; readonly requests: GitRequests; readonly onChanged: () => void }

export function OtherPlaces({ overview, requests, onChanged }: Props) {
  const { access, dialogs } = useWorkbench()
  const role = useStore(access, (state) => state.role)
  return (
    <div className="git-places">
      <section>
        <h3>A copy on your own disk</h3>
        <p className="quiet-text">One file with all commits and branches. “git clone project.bundle” makes a repository of it.</p>
        {overview.commit === null ? (
          <p className="history-hint">There is no commit yet, so there is nothing to download.</p>
        ) : (
          <a className="button" href={requests.bundleAddress} download="project.bundle">
            Download bundle
          </a>
        )}
      </section>
      <PushForm overview={overview} requests={requests} onChanged={onChanged} />
      {overview.hosts.length === 0 ? null : <TokenList overview={overview} requests={requests} />}
      <IdentityForm overview={overview} requests={requests} onChanged={onChanged} />
      {role === 'owner' ? <ExportForm overview={overview} requests={requests} onChanged={onChanged} /> : null}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => dialogs.close()}>
          Close
        </button>
      </div>
    </div>
  )
}

/** Says what went wrong beside the form that was sent. */
export function useSending() {
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const send = async (event: FormEvent, work: () => Promise<void>): Promise<void> => {
    event.preventDefault()
    setIsBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsBusy(false)
    }
  }
  const said =
    problem === null ? null : (
      <p className="error-text" role="alert">
        {problem}
      </p>
    )
  return { send, isBusy, said }
}

function PushForm({ overview, requests, onChanged }: Props) {
  const { changes, editing, notices } = useWorkbench()
  const [url, setUrl] = useState(overview.remoteUrl ?? '')
  const [branch, setBranch] = useState(overview.branch)
  const { send, isBusy, said } = useSending()
  if (overview.hosts.length === 0)
    return (
      <section>
        <h3>Push to another server</h3>
        <p className="quiet-text">
          This server reaches no other git server. The person who hosts can name some in ATELIER_GIT_HOSTS, such as github.com.
        </p>
      </section>
    )
  return (
    <section>
      <h3>Push to another server, and pull from it</h3>
      <form
        className="git-row"
        onSubmit={(event) =>
          void send(event, async () => {
            const pushed = await requests.push(url.trim(), branch.trim())
            notices.info(pushed.upToDate ? 'The other server has everything already.' : `Pushed to “${pushed.branch}”.`)
            onChanged()
          })
        }
      >
        <label className="field git-wide">
          <span>Repository</span>
          <input
            className="input"
            value={url}
            required
            placeholder={`https://${overview.hosts[0]?.replace(/^\*\.?/, 'git.') ?? ''}/you/project.git`}
            onChange={(event) => setUrl(event.target.value)}
          />
        </label>
        <label className="field">
          <span>Branch there</span>
          <input className="input" value={branch} onChange={(event) => setBranch(event.target.value)} />
        </label>
        <button type="submit" className="button primary" disabled={isBusy || overview.commit === null}>
          {isBusy ? <span className="spinner" /> : null}
          Push
        </button>
        <button
          type="button"
          className="button"
          disabled={isBusy}
          onClick={(event) =>
            void send(event, async () => {
              await editing.saveAll()
              const pulled = await requests.pull(url.trim(), branch.trim())
              await changes.refresh()
              notices.info(
                pulled.upToDate
                  ? 'There is nothing new there.'
                  : `Pulled: ${pulled.written} files written, ${pulled.deleted} deleted.`,
              )
              onChanged()
            })
          }
        >
          Pull
        </button>
      </form>
      {said}
      {overview.commit === null ? <p className="history-hint">Commit something first.</p> : null}
      <p className="quiet-text">It may reach {overview.hosts.join(', ')}. Nothing there is overwritten.</p>
    </section>
  )
}

function TokenList({ overview, requests }: Omit<Props, 'onChanged'>) {
  const read = useCallback(async (): Promise<readonly GitToken[]> => (await requests.tokens()).items, [requests])
  const { items, problem, busy, reload, attempt } = useListed(read)
  const known = overview.remoteUrl === null ? '' : new URL(overview.remoteUrl).host
  const store = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const text = (name: string): string => String(data.get(name) ?? '').trim()
    void attempt('new', async () => {
      await requests.storeToken(text('host'), text('username'), text('token'))
      reload()
      form.reset()
    })
  }
  return (
    <section>
      <h3>Your tokens for other servers</h3>
      <p className="quiet-text">
        Kept encrypted, sent to their own host alone, never shown again. Members of this project do not get them.
      </p>
      <ul className="history-rows git-tokens">
        {items?.map(({ host, username }) => (
          <li key={host}>
            <span className="history-text">
              <bdi>{host}</bdi>
              <small>
                as <bdi>{username}</bdi>
              </small>
            </span>
            <button
              type="button"
              className="button quiet"
              aria-label={`Remove the token for ${host}`}
              disabled={busy !== null}
              onClick={() =>
                void attempt(host, async () => {
                  await requests.removeToken(host)
                  reload()
                })
              }
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form className="git-row" onSubmit={store}>
        <label className="field">
          <span>Host</span>
          <input className="input" name="host" required defaultValue={known} autoComplete="off" placeholder="github.com" />
        </label>
        <label className="field">
          <span>Name, if it wants one</span>
          <input className="input" name="username" autoComplete="off" placeholder="git" />
        </label>
        <label className="field">
          <span>Token</span>
          <input className="input" name="token" type="password" required autoComplete="off" />
        </label>
        <button type="submit" className="button" disabled={busy !== null}>
          Store
        </button>
      </form>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}

function IdentityForm({ overview: { identity }, requests, onChanged }: Props) {
  const { notices } = useWorkbench()
  const [name, setName] = useState(identity.name)
  const [email, setEmail] = useState(identity.email)
  const { send, isBusy, said } = useSending()
  return (
    <section>
      <h3>Who your commits are by</h3>
      <form
        className="git-row"
        onSubmit={(event) =>
          void send(event, async () => {
            await requests.setIdentity({ name: name.trim(), email: email.trim() })
            notices.info('Your next commits are by that name.')
            onChanged()
          })
        }
      >
        <label className="field">
          <span>Name</span>
          <input className="input" value={name} required maxLength={100} onChange={(event) => setName(event.target.value)} />
        </label>
        <label className="field git-wide">
          <span>Address</span>
          <input className="input" value={email} required maxLength={200} onChange={(event) => setEmail(event.target.value)} />
        </label>
        <button type="submit" className="button" disabled={isBusy || (name === identity.name && email === identity.email)}>
          Use it
        </button>
      </form>
      {said}
    </section>
  )
}
