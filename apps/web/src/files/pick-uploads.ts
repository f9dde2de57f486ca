/** Opens the system's dialog for files or for a folder and uploads what was chosen. */
import type { Workbench } from '../workbench/workbench.ts'
import { parentOf } from './tree.ts'
import { uploadsOfList } from './upload.ts'

export function pickUploads(workbench: Workbench, folder: boolean): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.webkitdirectory = folder
  input.onchange = () => {
    const { selected, entries } = workbench.files.getState()
    const chosen = selected === null ? undefined : entries.get(selected)
    const into = chosen === undefined ? '' : chosen.kind === 'folder' ? chosen.path : parentOf(chosen.path)
    if (input.files !== null) void workbench.changes.upload(uploadsOfList(input.files), into)
  }
  input.click()
}
