/** The versions of one file: when, who, what it was called; and what changed in the one that is chosen. */
import { useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { mayWrite } from '../projects/access.ts'
import { copyText } from '../sharing/copy-text.ts'
import { useWorkbench } from '../workbench/context.ts'
import type { FileOf, HistoryRequests } from './history-requests.ts'
import { LineAuthorsView } from './LineAuthorsView.tsx'
import { restoreVersion } from './restore-version.ts'
import { useVersions } from './use-versions.ts'
import { type Compared, VersionDiff } from './VersionDiff.tsx'
import { VersionList } from './VersionList.tsx'
import { VersionName } from './VersionName.tsx'
import { textOfBytes } from './version-text.ts'

type View = Compared | 'lines'

export function FileVersions({ of, requests }: { readonly of: FileOf; readonly requests: HistoryRequests }) {
  const workbench = useWorkbench()
  const { access, dialogs, notices, keepsHistory } = workbench
  const canWrite = useStore(access, mayWrite)
  const versions = useVersions(requests, of)
  const [chosen, setChosen] = useState<number | null>(null)
  const [view, setView] = useState<View>('now')
  const [naming, setNaming] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const { items } = versions
  const isGone = of.file !== undefined
  // The newest one is what the file has; the one before it is what one looks for.
  const version = items?.find((each) => each.version === chosen) ?? items?.[isGone ? 0 : 1] ?? items?.[0] ?? null
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  const copy = (): Promise<void> =>
    attempt(async () => {
      if (version === null) return
      const text = textOfBytes(await requests.bytes(of, version.version))
      if (text === null) setProblem('This version is no text. Download it instead.')
      else if (await copyText(text)) notices.info('The version is on the clipboard.')
      else setProblem('The browser did not let the text onto the clipboard. Download it instead.')
    })
  const restore = (): Promise<void> =>
    attempt(async () => {
      const now = items?.find((each) => each.isCurrent)
      if (version === null || now === undefined) return
      await restoreVersion(workbench, requests, of.path, version, now)
    })
  if (items !== null && items.length === 0) return <p className="history-empty">Nothing of this file is kept.</p>
  return (
    <div className="history-body">
      <VersionList versions={versions} chosen={version?.version ?? null} onChoose={setChosen} />
      <div className="history-side">
        <div className="history-bar">
          <label>
            Show{' '}
            <select className="input" value={view} onChange={(event) => setView(event.target.value as View)}>
              {isGone ? null : <option value="now">what changed since</option>}
              <option value="before">what this version changed</option>
              {isGone ? null : <option value="lines">who wrote what is there now</option>}
            </select>
          </label>
          <span className="history-space" />
          {canWrite && !isGone && version !== null ? (
            <button type="button" className="button quiet" onClick={() => setNaming(true)}>
              {version.name === null ? 'Name this version' : 'Change the name'}
            </button>
          ) : null}
          {version === null ? null : (
            <a className="button quiet" href={requests.address(of, version.version)} download>
              Download
            </a>
          )}
          <button type="button" className="button quiet" disabled={version === null} onClick={() => void copy()}>
            Copy
          </button>
          {keepsHistory && !isGone ? (
            <button type="button" className="button quiet" onClick={() => workbench.playBack(of.path)}>
              Play back
            </button>
          ) : null}
        </div>
        {naming && version !== null ? (
          <VersionName
            version={version}
            onDone={(name) => {
              setNaming(false)
              if (name === undefined) return
              void attempt(async () => {
                await requests.name(of.path, version.version, name)
                setChosen(version.version)
                versions.reload()
              })
            }}
          />
        ) : null}
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
        {version === null || items === null ? (
          <div className="diff-host" />
        ) : view === 'lines' ? (
          <LineAuthorsView path={of.path} requests={requests} />
        ) : (
          <VersionDiff of={of} requests={requests} items={items} version={version} compared={isGone ? 'before' : view} />
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => dialogs.close()}>
            Close
          </button>
          {canWrite && !isGone ? (
            <button
              type="button"
              className="button primary"
              disabled={version === null || version.isCurrent}
              onClick={() => void restore()}
            >
              Restore this version
            </button>
          ) : null}
        </div>
      </div>
    </div>
  )
}
