/** Brings an earlier text back: an ordinary change of mine, so that others see it at once and undo takes it back. */
import type { Workbench } from '../workbench/workbench.ts'

/** False when the file cannot be edited here. */
export async function restoreMoment(workbench: Workbench, path: string, text: string): Promise<boolean> {
  const { documents, editing, surface } = workbench
  await editing.open(path)
  if (documents.getState().open[path]?.kind !== 'text') return false
  surface.current.replace(path, text)
  workbench.surfaceEvents.edited(path)
  return true
}
