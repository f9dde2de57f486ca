/** A new project from a repository: by its address on another server, or from a bundle on one's own disk. */
import { type FormEvent, useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { projectAddress } from '../projects/projects.ts'
import { useWorkbench } from '../workbench/context.ts'
import { createGitRequests } from './git-requests.ts'
import { type GitSource, importProject, nameOfSource } from './import-project.ts'
import './git.css'

export default function ImportDialog() {
  const workbench = useWorkbench()
  const { connection, dialogs, editing, projectId } = workbench
  const [hosts, setHosts] = useState<readonly string[] | null>(null)
  const [url, setUrl] = useState('')
  const [bundle, setBundle] = useState<File | null>(null)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const [step, setStep] = useState('')
  useEffect(() => {
    // The same for every project; without an answer the server's own refusal says it.
    createGitRequests(connection.api, projectId)
      .overview()
      .then(
        (overview) => setHosts(overview.hosts),
        () => {},
      )
  }, [connection, projectId])
  const source: GitSource | null = bundle !== null ? { bundle } : url.trim() === '' ? null : { url: url.trim() }
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (source === null) return
    setIsBusy(true)
    setProblem(null)
    try {
      await editing.saveAll()
      const called = name.trim() === '' ? nameOfSource(source) : name.trim()
      location.assign(projectAddress(await importProject(workbench, called, source, setStep)))
    } catch (error) {
      setProblem(messageOf(error))
      setIsBusy(false)
      setStep('')
    }
  }
  return (
    <DialogFrame title="New project from Git" className="wide">
      <form className="dialog-form" onSubmit={(event) => void create(event)}>
        <label className="field">
          <span>Address of the repository</span>
          <input
            className="input"
            type="url"
            value={url}
            disabled={bundle !== null || hosts?.length === 0}
            placeholder="https://github.com/owner/name.git"
            onChange={(event) => setUrl(event.target.value)}
          />
        </label>
        {hosts === null ? null : (
          <p className="quiet-text">
            {hosts.length > 0
              ? `This server reaches ${hosts.join(', ')}. For a private repository, store a token in Source control first.`
              : 'This server reaches no other git server: the person who hosts can name some in ATELIER_GIT_HOSTS. A bundle works.'}
          </p>
        )}
        <label className="field">
          <span>Or a bundle (git bundle create project.bundle --all)</span>
          <input
            className="input"
            type="file"
            accept=".bundle,application/octet-stream"
            onChange={(event) => setBundle(event.target.files?.[0] ?? null)}
          />
        </label>
        <label className="field">
          <span>Name</span>
          <input
            className="input"
            value={name}
            maxLength={120}
            placeholder={source === null ? 'Name of the project' : nameOfSource(source)}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        {isBusy ? (
          <p className="quiet-text" role="status">
            {step === '' ? 'Importing …' : step}
          </p>
        ) : null}
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button quiet" onClick={() => dialogs.close()}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={isBusy || source === null}>
            {isBusy ? <span className="spinner" /> : null}
            Import
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}
