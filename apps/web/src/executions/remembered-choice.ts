/** Which file Run starts and its arguments, per project. */
import { remember, remembered } from '../layout/remembered.ts'
import type { Workbench } from '../workbench/workbench.ts'
import type { RunChoice } from './run-target.ts'

export function rememberRunChoice({ runChoice, projectId }: Workbench): void {
  const key = `atelier.run.${projectId}`
  const kept = remembered(key, isChoice)
  if (kept !== null) runChoice.setState(kept)
  runChoice.subscribe((choice) => remember(key, choice))
}

function isChoice(value: unknown): value is RunChoice {
  if (typeof value !== 'object' || value === null) return false
  const { pinned, last, args, isolation = null } = value as Partial<Record<keyof RunChoice, unknown>>
  return (
    [pinned, last].every((path) => path === null || typeof path === 'string') &&
    typeof args === 'string' &&
    (isolation === null || typeof isolation === 'string')
  )
}
