/** What this person may do in the project, as the server says it now; it may change while the page is open. */
import type { Project, ProjectRole } from '@atelier/protocol/projects'
import { createStore, type StoreApi } from 'zustand/vanilla'

/** `isLost`: the project is gone, or this person was taken out of it. */
export type AccessState = { readonly role: ProjectRole; readonly isLost: boolean }
export type Access = StoreApi<AccessState>

export const createAccess = ({ role }: Project): Access => createStore<AccessState>(() => ({ role, isLost: false }))

export const mayWrite = ({ role, isLost }: AccessState): boolean => role !== 'viewer' && !isLost

/** Said wherever a viewer meets something that cannot be done. */
export const whyViewOnly = 'You can look at this project, not change it. Its owner can make you an editor.'

export const whyNoRun = 'Programs are run by those who can edit this project; you can view it.'

export const roleText: Readonly<Record<ProjectRole, string>> = { owner: 'Owner', editor: 'Can edit', viewer: 'Can view' }
