/** A new project: a template or nothing, a name, done. */
import type { Template } from '@atelier/protocol/projects'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { FileIcon } from '../files/FileIcon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { projectAddress } from './projects.ts'
import './projects.css'

const empty: Template = {
  id: '',
  name: 'Empty project',
  description: 'No files: start from nothing',
  language: '',
  entryPoint: 'file',
  tags: [],
}

export default function NewProject() {
  const { projects, dialogs, server, editing } = useWorkbench()
  const templates = useStore(projects.store, (state) => state.templates)
  const languages = useStore(server, (state) => state.languages)
  const [chosen, setChosen] = useState<string | null>(null)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    projects.loadTemplates().catch((error: unknown) => setProblem(messageOf(error)))
  }, [projects])
  const all = [...(templates ?? []), empty]
  const template = all.find((each) => each.id === chosen) ?? all[0] ?? empty
  const create = async (): Promise<void> => {
    setIsBusy(true)
    setProblem(null)
    try {
      await editing.saveAll()
      const project = await projects.create(
        name.trim() === '' ? template.name : name.trim(),
        template.id === '' ? null : template.id,
      )
      location.assign(projectAddress(project.id))
    } catch (error) {
      setProblem(messageOf(error))
      setIsBusy(false)
    }
  }
  return (
    <DialogFrame title="New project" className="wide">
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <fieldset className="templates">
          <legend className="visually-hidden">Start from</legend>
          {templates === null && problem === null ? <span className="spinner" /> : null}
          {templates === null
            ? null
            : all.map((each) => {
                const language = languages.find(({ id }) => id === each.language)
                return (
                  <label key={each.id} className="template" data-chosen={each.id === template.id}>
                    <input
                      type="radio"
                      name="template"
                      value={each.id}
                      checked={each.id === template.id}
                      onChange={() => setChosen(each.id)}
                    />
                    <FileIcon path={each.entryPoint} />
                    <span>
                      <strong>{each.name}</strong>
                      <small>{each.description}</small>
                      {language !== undefined && !language.available ? (
                        <small className="template-note">
                          {language.name} is not ready yet: {language.reason}
                        </small>
                      ) : null}
                    </span>
                  </label>
                )
              })}
        </fieldset>
        <label className="field">
          <span>Name</span>
          <input
            className="input"
            value={name}
            maxLength={120}
            placeholder={template.name}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button quiet" onClick={() => dialogs.close()}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={isBusy || templates === null}>
            {isBusy ? <span className="spinner" /> : null}
            Create project
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}
