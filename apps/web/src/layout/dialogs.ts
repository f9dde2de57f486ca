/** The one dialog that may be open, and the questions that wait for an answer. */

import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AccountPart } from '../accounts/AccountDialog.tsx'

import type { HistoryPart } from '../history/HistoryDialog.tsx'

export type Question = {
  readonly title: string
  readonly detail: string
  readonly confirm: string
  readonly danger?: boolean
  /** A third way, e.g. "Skip these". */
  readonly alternative?: string
  /** A fourth, e.g. "Keep both". */
  readonly other?: string
}
export type Answer = 'confirm' | 'alternative' | 'other' | 'cancel'

export type Dialog =
  | { readonly kind: 'question'; readonly question: Question; readonly answer: (answer: Answer) => void }
  | { readonly kind: 'palette'; readonly mode: 'files' | 'commands' }
  | { readonly kind: 'new-project' }
  | { readonly kind: 'projects'; readonly rename?: string }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'arguments' }
  | { readonly kind: 'share' }
  | { readonly kind: 'account'; readonly part: AccountPart }
  | { readonly kind: 'class' }
  | { readonly kind: 'lost-access' }
  | { readonly kind: 'playback'; readonly path: string }
  | { readonly kind: 'history'; readonly part: HistoryPart; readonly path: string | null }
  | { readonly kind: 'git' }
  | { readonly kind: 'git-import' }
  | { readonly kind: 'compare'; readonly path: string }
  | { readonly kind: 'not-uploaded'; readonly problems: readonly string[] }

/** `catching`: the dialog is on its way and keys are kept for it. */
export type DialogsState = { readonly dialog: Dialog | null; readonly catching: boolean }

export type Dialogs = {
  readonly store: StoreApi<DialogsState>
  show(dialog: Dialog): void
  close(): void
  ask(question: Question): Promise<Answer>
  /** What was typed since the dialog was asked for. */
  readonly typed: { current: string }
  /** The dialog has its own text field now; gives it what was typed until then. */
  takeTyped(): string
}

export function createDialogs(): Dialogs {
  const store = createStore<DialogsState>(() => ({ dialog: null, catching: false }))
  const typed = { current: '' }
  const close = (): void => {
    const { dialog } = store.getState()
    store.setState({ dialog: null })
    if (dialog?.kind === 'question') dialog.answer('cancel')
  }
  const show = (dialog: Dialog): void => {
    close()
    typed.current = ''
    store.setState({ dialog, catching: dialog.kind === 'palette' })
  }
  return {
    store,
    typed,
    takeTyped() {
      store.setState({ catching: false })
      return typed.current
    },
    show,
    close,
    ask: (question) =>
      new Promise((resolve) => {
        const answer = (given: Answer): void => {
          if (store.getState().dialog?.kind === 'question') store.setState({ dialog: null })
          resolve(given)
        }
        show({ kind: 'question', question, answer })
      }),
  }
}
