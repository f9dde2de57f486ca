/** Where the project goes by itself, every few minutes; when it last did, and what went wrong. */
import type { GitExportSetting, GitOverview } from '@atelier/protocol/git'
import { useState } from 'react'
import { agoText } from '../design/amounts.ts'
import type { GitRequests } from './git-requests.ts'
import { useSending } from './OtherPlaces.tsx'

type Props = { readonly overview: GitOverview; readonly requests: GitRequests; readonly onChanged: () => void }
const pauses = [5, 15, 60, 240, 1440] as const
const pauseText = (minutes: number): string =>
  minutes < 60 ? `${minutes} minutes` : minutes === 60 ? 'hour' : minutes === 1440 ? 'day' : `${minutes / 60} hours`

export function ExportForm({ overview, requests, onChanged }: Props) {
  const { export: state, hosts, exportFolder, remoteUrl } = overview
  const [target, setTarget] = useState<'remote' | 'folder'>(state?.target ?? (hosts.length > 0 ? 'remote' : 'folder'))
  const [url, setUrl] = useState(state?.url ?? remoteUrl ?? '')
  const [branch, setBranch] = useState(state?.branch ?? 'atelier')
  const [everyMinutes, setEveryMinutes] = useState(state?.everyMinutes ?? 15)
  const { send, isBusy, said } = useSending()
  if (hosts.length === 0 && !exportFolder)
    return (
      <section>
        <h3>Export by itself</h3>
        <p className="quiet-text">
          This server exports nowhere. The person who hosts can name git servers in ATELIER_GIT_HOSTS, or a folder in
          ATELIER_EXPORT_FOLDER.
        </p>
      </section>
    )
  const setting = (): GitExportSetting =>
    target === 'folder' ? { target, everyMinutes } : { target, everyMinutes, url: url.trim(), branch: branch.trim() }
  return (
    <section>
      <h3>Export by itself</h3>
      <form
        className="git-row"
        onSubmit={(event) =>
          void send(event, async () => {
            await requests.setExport(setting())
            onChanged()
          })
        }
      >
        <label className="field">
          <span>To</span>
          <select className="input" value={target} onChange={(event) => setTarget(event.target.value as typeof target)}>
            {hosts.length > 0 ? <option value="remote">another git server</option> : null}
            {exportFolder ? <option value="folder">a folder of this server</option> : null}
          </select>
        </label>
        {target === 'folder' ? null : (
          <>
            <label className="field git-wide">
              <span>Repository</span>
              <input className="input" value={url} required onChange={(event) => setUrl(event.target.value)} />
            </label>
            <label className="field">
              <span>Branch there</span>
              <input className="input" value={branch} required onChange={(event) => setBranch(event.target.value)} />
            </label>
          </>
        )}
        <label className="field">
          <span>Every</span>
          <select className="input" value={everyMinutes} onChange={(event) => setEveryMinutes(Number(event.target.value))}>
            {[...new Set([...pauses, everyMinutes])]
              .toSorted((a, b) => a - b)
              .map((minutes) => (
                <option key={minutes} value={minutes}>
                  {pauseText(minutes)}
                </option>
              ))}
          </select>
        </label>
        <button type="submit" className="button" disabled={isBusy}>
          {state === null ? 'Export' : 'Change'}
        </button>
        {state === null ? null : (
          <button
            type="button"
            className="button quiet"
            disabled={isBusy}
            onClick={(event) =>
              void send(event, async () => {
                await requests.stopExport()
                onChanged()
              })
            }
          >
            Stop
          </button>
        )}
      </form>
      {said}
      <p className="quiet-text">Changes are committed in your name, and go there with your token.</p>
      {state === null ? null : (
        <p className={state.lastError === null ? 'quiet-text' : 'error-text'}>
          {state.lastSuccessAt === null ? 'Not exported yet.' : `Exported ${agoText(state.lastSuccessAt, Date.now())}.`}
          {state.lastError === null ? '' : ` The last try failed: ${state.lastError}`}
        </p>
      )}
    </section>
  )
}
