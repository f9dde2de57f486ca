/** Opens the system's dialog for files or for a folder and uploads what was chosen. */
import type { Parts } from '../workbench/parts.ts'
import { broughtOf } from './dropped-files.ts'

export function pickUploads(workbench: Parts, isFolder: boolean, into: string): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.webkitdirectory = isFolder
  input.onchange = () => {
    if (input.files !== null) void workbench.changes.upload(broughtOf(input.files), into)
  }
  input.click()
}
