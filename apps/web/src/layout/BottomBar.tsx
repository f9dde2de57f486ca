/** On a narrow screen: one panel at a time, and Run where the thumb is. */
import { useStore } from 'zustand'
import { Icon, type IconName } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import type { Pane } from './layout.ts'

const tabs: readonly { readonly pane: Pane; readonly icon: IconName; readonly text: string }[] = [
  { pane: 'files', icon: 'files', text: 'Files' },
  { pane: 'editor', icon: 'edit', text: 'Code' },
  { pane: 'output', icon: 'output', text: 'Output' },
]

export function BottomBar() {
  const { layout, executions } = useWorkbench()
  const pane = useStore(layout.store, (state) => state.pane)
  const isBusy = useStore(executions.store, ({ kind }) => kind === 'running' || kind === 'starting')
  const showTab = (wanted: Pane): void => {
    // A second touch leads from what was found back to the tree.
    if (wanted === 'files' && pane === 'files') layout.showFiles()
    layout.show(wanted)
  }
  return (
    <nav className="bottom-bar" aria-label="Panels">
      {tabs.map((tab) => (
        <button key={tab.pane} type="button" aria-pressed={pane === tab.pane} onClick={() => showTab(tab.pane)}>
          <Icon name={tab.icon} />
          {tab.text}
          {tab.pane === 'output' && isBusy ? <span className="pulse" /> : null}
        </button>
      ))}
    </nav>
  )
}
