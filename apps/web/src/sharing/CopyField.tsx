/** A text to be taken along, with the button that does it. */
import { useEffect, useId, useRef, useState } from 'react'
import { Icon } from '../design/Icon.tsx'
import { copyText } from './copy-text.ts'

const copiedMs = 3_000

export function CopyField({ label, text }: { readonly label: string; readonly text: string }) {
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no')
  useEffect(() => {
    if (copied !== 'yes') return
    const timer = setTimeout(() => setCopied('no'), copiedMs)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async (): Promise<void> => {
    const done = await copyText(text)
    setCopied(done ? 'yes' : 'failed')
    if (!done) field.current?.select()
  }
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
        <button type="button" className="button" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
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
