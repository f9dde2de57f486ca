/** A link that was just made: the one moment in which it can be seen. */
import type { ShareLinkCreated } from '@atelier/protocol/sharing'
import { lazy, Suspense, useState } from 'react'
import { Icon } from '../design/Icon.tsx'
import { useCopy } from './use-copy.ts'

const QrCode = lazy(() => import('./QrCode.tsx'))

export function NewLink({ link }: { readonly link: Pick<ShareLinkCreated, 'path'> }) {
  const address = new URL(link.path, location.href).href
  const { field, copied, copy } = useCopy(address)
  const [showsCode, setShowsCode] = useState(false)
  return (
    <div className="new-link">
      <div className="new-link-line">
        <input
          ref={field}
          className="input mono"
          readOnly
          value={address}
          aria-label="The link"
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" className="button" onClick={copy}>
          <Icon name={copied === 'yes' ? 'check' : 'copy'} />
          {copied === 'yes' ? 'Copied' : 'Copy'}
        </button>
        <button type="button" className="button" aria-expanded={showsCode} onClick={() => setShowsCode(!showsCode)}>
          QR code
        </button>
      </div>
      <p className="quiet-text" role="status">
        {copied === 'yes'
          ? 'The link is on the clipboard.'
          : copied === 'failed'
            ? 'This browser does not let the page copy. The link is selected: press Ctrl+C.'
            : 'Copy it now: it is shown only this once. Whoever has it can come in.'}
      </p>
      {showsCode ? (
        <Suspense fallback={<span className="spinner" />}>
          <QrCode text={address} />
        </Suspense>
      ) : null}
    </div>
  )
}
