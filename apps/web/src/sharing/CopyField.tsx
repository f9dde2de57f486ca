/** A text to be taken along, with the button that does it. */
import { useId } from 'react'
import { Icon } from '../design/Icon.tsx'
import { useCopy } from './use-copy.ts'

export function CopyField({ label, text }: { readonly label: string; readonly text: string }) {
  const id = useId()
  const { field, copied, copy } = useCopy(text)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="new-link-line">
        <input
          ref={field}
          id={id}
          className="input mono"
          readOnly
          value={text}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" className="button" aria-label={`Copy: ${label}`} onClick={copy}>
          <Icon name={copied === 'yes' ? 'check' : 'copy'} />
          {copied === 'yes' ? 'Copied' : 'Copy'}
        </button>
      </div>
      {copied === 'failed' ? (
        <p className="quiet-text" role="status">
          This browser does not let the page copy. The text is selected: press Ctrl+C.
        </p>
      ) : null}
    </div>
  )
}
