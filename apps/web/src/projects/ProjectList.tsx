/** All projects of this person: open, rename, delete. */
import type { Project } from '@atelier/protocol/projects'
import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { agoText } from '../design/amounts.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { IconButton } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { roleText } from './access.ts'
import { projectAddress } from './projects.ts'
import './projects.css'

export default function ProjectList({ rename }: { readonly rename: string | null }) {
  const { projects, dialogs } = useWorkbench()
  const { all, current } = useStore(projects.store)
  const [filter, setFilter] = useState('')
  const [open, setOpen] = useState<readonly Project[] | null>(null)
  const [renaming, setRenaming] = useState<string | null>(rename)
  const [deleting, setDeleting] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  useEffect(() => {
    projects.refresh().catch((error: unknown) => setProblem(messageOf(error)))
  }, [projects])
  const remove = (project: Project): Promise<void> =>
    attempt(async () => {
      await projects.remove(project.id)
      setDeleting(null)
      // This page's project is gone: on to the next one, or a fresh start.
      if (project.id === current.id) location.assign('/')
    })
  const shown = (open ?? all)?.filter((project) => project.name.toLowerCase().includes(filter.toLowerCase())) ?? null
  return (
    <DialogFrame title="Projects" className="wide">
      {((open ?? all)?.length ?? 0) > 6 ? (
        <input
          className="input"
          type="search"
          value={filter}
          placeholder="Filter by name"
          aria-label="Filter projects"
          onChange={(event) => setFilter(event.target.value)}
        />
      ) : null}
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
      <ul className="project-list">
        {open?.length === 0 ? <li className="project-row quiet-text">Nobody has made a project public yet.</li> : null}
        {shown === null ? (
          <li className="project-row">
            <span className="spinner" />
          </li>
        ) : null}
        {shown?.map((project) => (
          <li key={project.id} className="project-row" data-current={project.id === current.id}>
            {renaming === project.id ? (
              <RenameField
                project={project}
                onDone={(name) => {
                  setRenaming(null)
                  if (name !== null) void attempt(() => projects.rename(project.id, name))
                }}
              />
            ) : deleting === project.id ? (
              <>
                <span className="project-link">
                  Delete <strong>{project.name}</strong> and all its files for good?
                </span>
                <button type="button" className="button quiet" onClick={() => setDeleting(null)}>
                  Keep
                </button>
                <button type="button" className="button danger" onClick={() => void remove(project)}>
                  Delete
                </button>
              </>
            ) : (
              <>
                <a
                  className="project-link"
                  href={projectAddress(project.id)}
                  aria-current={project.id === current.id ? 'page' : undefined}
                >
                  <strong>{project.name}</strong>
                  <small>
                    {project.id === current.id ? 'open now · ' : ''}
                    {project.role === 'owner'
                      ? ''
                      : project.isMember
                        ? `shared with you, ${roleText[project.role].toLowerCase()} · `
                        : 'public · '}
                    changed {agoText(project.updatedAt, Date.now())}
                  </small>
                </a>
                {project.role === 'owner' ? (
                  <>
                    <IconButton icon="edit" label={`Rename ${project.name}`} onClick={() => setRenaming(project.id)} />
                    <IconButton icon="trash" label={`Delete ${project.name}`} onClick={() => setDeleting(project.id)} />
                  </>
                ) : null}
              </>
            )}
          </li>
        ))}
      </ul>
      <div className="dialog-actions">
        <button
          type="button"
          className="button quiet"
          aria-pressed={open !== null}
          onClick={() => (open === null ? void attempt(async () => setOpen(await projects.listPublic())) : setOpen(null))}
        >
          {open === null ? 'Public projects' : 'Your projects'}
        </button>
        <button type="button" className="button" onClick={() => dialogs.show({ kind: 'new-project' })}>
          New project
        </button>
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </DialogFrame>
  )
}

function RenameField({ project, onDone }: { readonly project: Project; readonly onDone: (name: string | null) => void }) {
  const [name, setName] = useState(project.name)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.select(), [])
  const trimmed = name.trim()
  return (
    <form
      className="rename-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (trimmed !== '') onDone(trimmed === project.name ? null : trimmed)
      }}
    >
      <input
        ref={input}
        className="input"
        value={name}
        maxLength={120}
        aria-label={`New name of ${project.name}`}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          onDone(null)
        }}
      />
      <button type="submit" className="button primary" disabled={trimmed === ''}>
        Rename
      </button>
    </form>
  )
}
