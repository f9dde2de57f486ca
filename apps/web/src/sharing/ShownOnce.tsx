/** A secret that was just made, in a field with a button that copies it: the one moment in which it can be seen. */
import type { ReactNode } from 'react'
import { Icon } from '../design/Icon.tsx'
import { useCopy } from './use-copy.ts'

export function ShownOnce({
  what,
  text,
  hint,
  children,
}: {
  readonly what: 'link' | 'token'
  readonly text: string
  /** Until it is copied. */
  readonly hint: string
  /** More buttons. */
  readonly children?: ReactNode
}) {
  const { field, copied, copy } = useCopy(text)
  return (
    <>
      <div className="new-link-line">
        <input
          ref={field}
          className="input mono"
          readOnly
          value={text}
          aria-label={`The ${what}`}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" className="button" onClick={copy}>
          <Icon name={copied === 'yes' ? 'check' : 'copy'} />
          {copied === 'yes' ? 'Copied' : 'Copy'}
        </button>
        {children}
      </div>
      <p className="quiet-text" role="status">
        {copied === 'yes'
          ? `The ${what} is on the clipboard.`
          : copied === 'failed'
            ? `This browser does not let the page copy. The ${what} is selected: press Ctrl+C.`
            : hint}
      </p>
    </>
  )
}
