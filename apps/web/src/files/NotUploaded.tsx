/** What was refused of an upload, file by file. */
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import './not-uploaded.css'

const mostListed = 500

export default function NotUploaded({ problems }: { readonly problems: readonly string[] }) {
  const { dialogs } = useWorkbench()
  const listed = problems.slice(0, mostListed)
  return (
    <DialogFrame title={`${problems.length} files were not uploaded`}>
      <p className="dialog-detail">Everything else is here.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <ul className="not-uploaded" tabIndex={0}>
        {listed.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
        {problems.length > listed.length ? <li>… and {problems.length - listed.length} more.</li> : null}
      </ul>
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Close
        </button>
      </div>
    </DialogFrame>
  )
}
