/** A new project: a template of the gallery or nothing, a name, done. */
import type { Template } from '@atelier/protocol/projects'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { filterTemplates } from './filter-templates.ts'
import { projectAddress } from './projects.ts'
import { TemplateCards } from './TemplateCards.tsx'
import { TemplatePreview } from './TemplatePreview.tsx'
import './projects.css'
import './templates.css'

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
  const [search, setSearch] = useState('')
  const [language, setLanguage] = useState<string | null>(null)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    projects.loadTemplates().catch((error: unknown) => setProblem(messageOf(error)))
  }, [projects])
  const all = templates === null ? [] : [...templates, empty]
  const shown = filterTemplates(all, search, language, (id) => languages.find((each) => each.id === id)?.name ?? id)
  const template = shown.find((each) => each.id === chosen) ?? shown[0] ?? null
  const create = async (): Promise<void> => {
    if (template === null) return
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
    <DialogFrame title="New project" className="huge new-project">
      <form
        className="dialog-form new-project-form"
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <div className="new-project-parts">
          <TemplateCards
            {...{ all, shown, search, language }}
            isLoading={templates === null && problem === null}
            chosen={template}
            onChoose={setChosen}
            onSearch={setSearch}
            onLanguage={setLanguage}
          />
          {template === null || template.id === '' ? (
            <p className="template-preview quiet-text">{template === null ? '' : 'An empty project has no files yet.'}</p>
          ) : (
            <TemplatePreview key={template.id} template={template} />
          )}
        </div>
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
        <div className="new-project-end">
          <label className="field">
            <span>Name</span>
            <input
              className="input"
              value={name}
              maxLength={120}
              placeholder={template?.name ?? ''}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          <button type="button" className="button quiet" onClick={() => dialogs.show({ kind: 'git-import' })}>
            From Git …
          </button>
          <button type="button" className="button quiet" onClick={() => dialogs.close()}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={isBusy || template === null}>
            {isBusy ? <span className="spinner" /> : null}
            Create project
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}
