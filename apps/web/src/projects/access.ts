/** What this person may do in the project, as the server says it now; it may change while the page is open. */
import type { Project, ProjectRole } from '@atelier/protocol/projects'
import { createStore, type StoreApi } from 'zustand/vanilla'

/** `isLost`: the project is gone, or this person was taken out of it. `isOpen`: everybody may read and run it. */
export type AccessState = { readonly role: ProjectRole; readonly isLost: boolean; readonly isOpen: boolean }
export type Access = StoreApi<AccessState>

export const createAccess = ({ role, visibility }: Project): Access =>
  createStore<AccessState>(() => ({ role, isLost: false, isOpen: visibility !== 'private' }))

export const mayWrite = ({ role, isLost }: AccessState): boolean => role !== 'viewer' && !isLost

/** What everybody may see, everybody may run. */
export const mayRun = (state: AccessState): boolean => mayWrite(state) || (state.isOpen && !state.isLost)

/** Said wherever a viewer meets something that cannot be done. */
export const whyViewOnly =
  'You can look at this project, not change it. Fork it to have one of your own, or ask its owner to let you edit.'

export const whyNoRun = 'Programs are run by those who can edit this project; you can view it. Fork it to run your own.'

export const roleText: Readonly<Record<ProjectRole, string>> = { owner: 'Owner', editor: 'Can edit', viewer: 'Can view' }
