/** A link that was just made: the one moment in which it can be seen. */
import type { ShareLinkCreated } from '@atelier/protocol/sharing'
import { lazy, Suspense, useState } from 'react'
import { ShownOnce } from './ShownOnce.tsx'

const QrCode = lazy(() => import('./QrCode.tsx'))

export function NewLink({ link }: { readonly link: Pick<ShareLinkCreated, 'path'> }) {
  const address = new URL(link.path, location.href).href
  const [showsCode, setShowsCode] = useState(false)
  return (
    <div className="new-link">
      <ShownOnce what="link" text={address} hint="Copy it now: it is shown only this once. Whoever has it can come in.">
        <button type="button" className="button" aria-expanded={showsCode} onClick={() => setShowsCode(!showsCode)}>
          QR code
        </button>
      </ShownOnce>
      {showsCode ? (
        <Suspense fallback={<span className="spinner" />}>
          <QrCode text={address} />
        </Suspense>
      ) : null}
    </div>
  )
}
