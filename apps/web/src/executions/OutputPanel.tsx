/** What the program writes, the line to answer it, and how it ended. */
import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { Icon, IconButton } from '../design/Icon.tsx'
import { isFileOf } from '../files/is-file.ts'
import { mayRun, whyNoRun } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { InputLine } from './InputLine.tsx'
import { createOutputView, type OutputView } from './output-view.ts'
import { ResultBar, RunStatus } from './ResultBar.tsx'
import './ansi.css'
import './output.css'

export function OutputPanel() {
  const workbench = useWorkbench()
  const { executions, layout } = workbench
  const kind = useStore(executions.store, (state) => state.kind)
  const dock = useStore(layout.store, (state) => state.dock)
  const scroller = useRef<HTMLDivElement>(null)
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<OutputView>(null)
  const [atEnd, setAtEnd] = useState(true)
  const [isEmpty, setIsEmpty] = useState(true)
  const [wraps, setWraps] = useState(true)

  useEffect(() => {
    if (scroller.current === null || host.current === null) return
    const created = createOutputView({
      scroller: scroller.current,
      host: host.current,
      screen: executions.screen,
      isFile: isFileOf(workbench.files),
      onAtEnd: setAtEnd,
    })
    view.current = created
    const stop = executions.onOutput(() => {
      setIsEmpty(executions.screen.isEmpty)
      created.draw()
    })
    return () => {
      stop()
      created.dispose()
    }
  }, [executions, workbench.files])

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(executions.screen.text())
      workbench.notices.info('The output is copied.')
    } catch {
      workbench.notices.error('The browser does not allow copying here. Select the text and press Ctrl+C.')
    }
  }
  const openPlace = (event: React.MouseEvent): void => {
    const link = (event.target as Element).closest<HTMLElement>('a.output-place')
    const path = link?.dataset.path
    if (link === null || path === undefined) return
    event.preventDefault()
    layout.show('editor')
    void workbench.editing.open(path, { place: { line: Number(link.dataset.line), column: Number(link.dataset.column) } })
  }

  return (
    <section className="output-pane sheet" data-pane="output" aria-label="Output">
      <header className="pane-head">
        <h2 className="pane-title">Output</h2>
        <RunStatus />
        <span className="head-space" />
        <IconButton icon="wrap" label="Wrap long lines" aria-pressed={wraps} onClick={() => setWraps(!wraps)} />
        <IconButton icon="copy" label="Copy all output" disabled={isEmpty} onClick={() => void copy()} />
        <IconButton
          icon="clear-all"
          label="Clear output"
          disabled={isEmpty && kind !== 'ended' && kind !== 'refused'}
          onClick={() => executions.clear()}
        />
        <IconButton
          icon={dock === 'bottom' ? 'dock-right' : 'dock-bottom'}
          label={dock === 'bottom' ? 'Put the output beside the editor' : 'Put the output below the editor'}
          className="icon-button wide-only"
          onClick={() => workbench.toggleDock()}
        />
        <IconButton
          icon="close"
          label="Hide the output"
          keys="Ctrl+J"
          className="icon-button wide-only"
          onClick={() => layout.togglePanel()}
        />
      </header>
      <div className="output-frame">
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the click is on links inside, which have their keys */}
        <div
          ref={scroller}
          className={wraps ? 'output-scroller' : 'output-scroller unwrapped'}
          role="log"
          aria-label="Program output"
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          data-pane-focus={kind === 'running' ? undefined : 'output'}
          onClick={openPlace}
        >
          <div ref={host} className="output-text" />
          <ResultBar />
        </div>
        {kind === 'idle' && isEmpty ? <Idle /> : null}
        {atEnd ? null : (
          <button type="button" className="jump-end" onClick={() => view.current?.jumpToEnd()}>
            <Icon name="arrow-down" /> Jump to the end
          </button>
        )}
      </div>
      <InputLine />
    </section>
  )
}

function Idle() {
  const canRun = useStore(useWorkbench().access, mayRun)
  return (
    <div className="output-idle">
      {canRun ? (
        <p>
          Press <strong>Run</strong>. What your program writes appears here as it is written.
        </p>
      ) : (
        <p>{whyNoRun}</p>
      )}
    </div>
  )
}
