/** Texts that are saved as a whole cannot be typed into by viewers; texts that are edited together are told by their room. */
import type { Workbench } from '../workbench/workbench.ts'
import { mayWrite, whyViewOnly } from './access.ts'

/** Again after every change of role, and when another surface takes over. */
export function applyAccess({ access, documents, surface }: Workbench): void {
  const reason = mayWrite(access.getState()) ? null : whyViewOnly
  for (const [path, state] of Object.entries(documents.getState().open))
    if (state.kind === 'text' && state.live === null) surface.current.setReadOnly(path, reason)
}
