import { useState } from 'react'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { splitArguments } from './arguments.ts'

/** What the program is started with, as one would type it in a shell. */
export default function Arguments() {
  const { runChoice, dialogs } = useWorkbench()
  const [text, setText] = useState(runChoice.getState().args)
  const parts = splitArguments(text)
  return (
    <DialogFrame title="Arguments for the program">
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          runChoice.setState({ args: text.trim() })
          dialogs.close()
        }}
      >
        <label className="field">
          <span>Arguments</span>
          <input
            className="input mono"
            value={text}
            placeholder={'--count 3 "two words"'}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p className="dialog-detail">
          {parts.length === 0
            ? 'Spaces separate, quotes keep together. They are remembered for this project.'
            : parts.map((part, index) => `${index + 1}: ${part}`).join('   ')}
        </p>
        <div className="dialog-actions">
          <button type="button" className="button quiet" onClick={() => dialogs.close()}>
            Cancel
          </button>
          <button type="submit" className="button primary">
            Use them
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}
