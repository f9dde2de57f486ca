/** What is in a template: its files, one of them shown. */
import type { Template, TemplateFiles } from '@atelier/protocol/projects'
import { useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { useWorkbench } from '../workbench/context.ts'

export function TemplatePreview({ template }: { readonly template: Template }) {
  const { connection } = useWorkbench()
  const [files, setFiles] = useState<TemplateFiles['files'] | null>(null)
  const [path, setPath] = useState(template.entryPoint)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let isWanted = true
    connection.api
      .json<TemplateFiles>(`/api/v1/templates/${encodeURIComponent(template.id)}`)
      .then((read) => isWanted && setFiles(read.files))
      .catch((error: unknown) => isWanted && setProblem(messageOf(error)))
    return () => {
      isWanted = false
    }
  }, [connection, template.id])
  const shown = files?.find((file) => file.path === path) ?? files?.[0]
  return (
    <section className="template-preview" aria-label={`Files of ${template.name}`}>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
      {files === null && problem === null ? <span className="spinner" /> : null}
      {files === null ? null : (
        <fieldset className="template-files" aria-label="File">
          {files.map((file) => (
            <button
              key={file.path}
              type="button"
              className="template-file"
              aria-pressed={file.path === shown?.path}
              onClick={() => setPath(file.path)}
            >
              {file.path}
            </button>
          ))}
        </fieldset>
      )}
      {shown === undefined ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <pre className="mono" tabIndex={0}>
          {shown.content}
        </pre>
      )}
    </section>
  )
}
