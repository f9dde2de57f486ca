/** The files that the program made or changed: to be saved on this device, or put into the project. */
import type { ExecutionResult } from '@atelier/protocol/executions'
import { useState } from 'react'
import { encodePath, messageOf } from '../connection/api.ts'
import { sizeText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'

type Made = NonNullable<ExecutionResult['artefacts']>

export function Artefacts({ executionId, made: { files, areAll } }: { readonly executionId: string; readonly made: Made }) {
  const { changes, executions, notices } = useWorkbench()
  const [isBusy, setIsBusy] = useState(false)
  const addAll = async (): Promise<void> => {
    setIsBusy(true)
    try {
      const uploads = await Promise.all(
        files.map(async ({ path }) => ({ path, file: new File([await executions.artefact(executionId, path)], path) })),
      )
      await changes.upload({ uploads, emptyFolders: [], problems: [] }, '')
    } catch (error) {
      notices.error(`The files were not added. ${messageOf(error)}`)
    } finally {
      setIsBusy(false)
    }
  }
  if (files.length === 0) return null
  return (
    <section className="artefacts" aria-label="Files that the program made">
      <h3>{files.length === 1 ? 'The program made a file' : `The program made ${files.length} files`}</h3>
      <ul>
        {files.map(({ path, sizeBytes }) => (
          <li key={path}>
            <a
              href={`/api/v1/executions/${executionId}/artefacts/${encodePath(path)}`}
              download={path.slice(path.lastIndexOf('/') + 1)}
              title={`Save “${path}” on this device`}
            >
              {path}
            </a>{' '}
            <span>{sizeText(sizeBytes)}</span>
          </li>
        ))}
      </ul>
      {areAll ? null : <p>There was more than is kept, or files that a project cannot have.</p>}
      <button type="button" className="button" disabled={isBusy} onClick={() => void addAll()}>
        <Icon name="new-file" /> {isBusy ? 'Adding …' : 'Add to the project'}
      </button>
    </section>
  )
}
