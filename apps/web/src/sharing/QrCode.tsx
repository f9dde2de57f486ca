import { useMemo } from 'react'
import { qrCodeOf } from './qr-code.ts'

/** Black on white in every theme: cameras expect it. */
export default function QrCode({ text }: { readonly text: string }) {
  const { path, size } = useMemo(() => qrCodeOf(text), [text])
  return (
    <svg
      className="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code of the link"
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
