/** The page: its parts, and what a person can do with them. */
import type { PageBoot } from '@atelier/protocol/page-boot'
import { type Actions, createActions } from './actions.ts'
import { createParts, type Parts } from './parts.ts'

export type Workbench = Parts & Actions

export function createWorkbench(boot: PageBoot): Workbench {
  const parts = createParts(boot)
  return { ...parts, ...createActions(parts) }
}
