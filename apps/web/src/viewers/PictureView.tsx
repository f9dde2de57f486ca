/** A picture of the project. It is shown from memory by an `<img>`, which runs nothing: the address of a user's file is never opened as a page. */
import { useEffect, useState } from 'react'
import { sizeText } from '../design/amounts.ts'
import { nameOf } from '../files/tree.ts'
import { BytesView } from './BytesView.tsx'
import { DownloadLink } from './DownloadLink.tsx'
import { typeOf } from './kinds.ts'
import { useObjectUrl } from './use-object-url.ts'

/** A few bytes can claim any size, and drawing it takes 4 bytes per pixel and holds up the page. */
const mostPixels = 64 * 1024 * 1024

export type ViewProps = { readonly path: string; readonly sizeBytes: number; readonly version: number }

export function PictureView({ path, sizeBytes, version }: ViewProps) {
  const picture = useObjectUrl(path, version, typeOf(path))
  const [looked, setLooked] = useState<Looked | null>(null)
  const url = picture.kind === 'there' ? picture.url : null
  useEffect(() => {
    setLooked(null)
    if (url === null) return
    let isOver = false
    void lookAt(url).then((found) => {
      if (!isOver) setLooked(found)
    })
    return () => {
      isOver = true
    }
  }, [url])
  if (picture.kind === 'failed' || looked === 'broken')
    return <BytesView path={path} sizeBytes={sizeBytes} version={version} why="This picture cannot be shown" />
  if (looked !== null && looked.width * looked.height > mostPixels) {
    const why = `This picture has ${looked.width} × ${looked.height} pixels, too many to be shown`
    return <BytesView path={path} sizeBytes={sizeBytes} version={version} why={why} />
  }
  return (
    <div className="placeholder image-view">
      {url === null || looked === null ? (
        <span className="spinner" />
      ) : (
        <img src={url} alt={nameOf(path)} onError={() => setLooked('broken')} />
      )}
      <p>
        {looked === null ? '' : `${looked.width} × ${looked.height} · `}
        {sizeText(sizeBytes)}
      </p>
      <DownloadLink path={path} />
    </div>
  )
}

type Looked = { readonly width: number; readonly height: number } | 'broken'

/** An image that is in no page is not drawn: only its size is read. */
function lookAt(url: string): Promise<Looked> {
  const image = new Image()
  return new Promise((resolve) => {
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight })
    image.onerror = () => resolve('broken')
    image.src = url
  })
}
