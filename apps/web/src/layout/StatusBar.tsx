/** The bottom line: connection, save state, isolation, toolchains at the left; where the caret is and in which language at the right. */
import { useStore } from 'zustand'
import { ConnectionStatus } from '../connection/ConnectionStatus.tsx'
import { SaveStatus } from '../documents/SaveStatus.tsx'
import { CursorStatus } from '../editor/CursorStatus.tsx'
import { IsolationStatus } from '../languages/IsolationStatus.tsx'
import { LanguageStatus } from '../languages/LanguageStatus.tsx'
import { ToolchainStatus } from '../languages/ToolchainStatus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import './status-bar.css'

export function StatusBar() {
  const { documents } = useWorkbench()
  const hasText = useStore(documents, ({ active, open }) => active !== null && open[active]?.kind === 'text')
  return (
    <footer className="status-bar">
      <ConnectionStatus />
      {hasText ? <SaveStatus /> : null}
      <IsolationStatus />
      <ToolchainStatus />
      <span className="head-space" />
      {hasText ? <CursorStatus /> : null}
      {hasText ? <LanguageStatus /> : null}
    </footer>
  )
}
