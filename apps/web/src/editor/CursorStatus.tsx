import { useStore } from 'zustand'
import { useWorkbench } from '../workbench/context.ts'

export function CursorStatus() {
  const workbench = useWorkbench()
  const cursor = useStore(workbench.cursor, (state) => state.cursor)
  if (cursor === null) return null
  return (
    <button
      type="button"
      className="status-item wide-only figures"
      title="Go to line"
      onClick={() => workbench.editorAction('editor.action.gotoLine')}
    >
      Ln {cursor.line}, Col {cursor.column}
      {cursor.selected > 0 ? ` (${cursor.selected} selected)` : ''}
    </button>
  )
}
