/** Two versions side by side, in Monaco's diff editor, which is loaded for this. */
import { useEffect, useRef, useState } from 'react'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'

export default function Compare({ path }: { readonly path: string }) {
  const workbench = useWorkbench()
  const { editing, dialogs, surface, documents, appearance } = workbench
  const host = useRef<HTMLDivElement>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [ready, setReady] = useState(false)
  useEffect(() => {
    let dispose: (() => void) | undefined
    let gone = false
    const show = async (): Promise<void> => {
      const [{ showDiff }, theirs] = await Promise.all([import('../editor/monaco/diff.ts'), editing.theirs(path)])
      if (gone || host.current === null) return
      if (theirs === null) return setProblem('The other version cannot be read right now. Try again in a moment.')
      const state = documents.getState().open[path]
      dispose = showDiff(host.current, {
        theirs,
        mine: surface.current.text(path),
        language: state?.kind === 'text' ? state.language : 'plaintext',
        theme: appearance.store.getState().theme,
      })
      setReady(true)
    }
    show().catch(() => setProblem('The comparison could not be loaded. Check the connection and try again.'))
    return () => {
      gone = true
      dispose?.()
    }
  }, [appearance, documents, editing, path, surface])
  const choose = (act: (path: string) => Promise<unknown>): void => {
    dialogs.close()
    void act(path)
  }
  return (
    <DialogFrame title={`Compare ${nameOf(path)}`} className="huge">
      <div className="diff-legend">
        <span>Theirs: what the server has</span>
        <span>Mine: what is in the editor</span>
      </div>
      <div className="diff-host" ref={host} data-ready={ready}>
        {ready ? null : problem === null ? <span className="spinner" /> : <p className="error-text">{problem}</p>}
      </div>
      <div className="dialog-actions">
        <button type="button" className="button quiet" onClick={() => dialogs.close()}>
          Decide later
        </button>
        <button type="button" className="button" onClick={() => choose(editing.takeTheirs)}>
          Take theirs
        </button>
        <button type="button" className="button primary" onClick={() => choose(editing.keepMine)}>
          Keep mine
        </button>
      </div>
    </DialogFrame>
  )
}
