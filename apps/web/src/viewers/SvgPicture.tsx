/** An SVG text as the picture that it is, as far as it was typed. An `<img>` runs no script of it and fetches nothing for it. */
import { useEffect, useState } from 'react'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'
import './viewers.css'

const lookAgainMs = 500

export default function SvgPicture({ path }: { readonly path: string }) {
  const { surface } = useWorkbench()
  const [text, setText] = useState(() => surface.current.text(path))
  const [url, setUrl] = useState<string | null>(null)
  const [isBroken, setIsBroken] = useState(false)
  useEffect(() => {
    // Others may be typing.
    const timer = setInterval(() => setText(surface.current.text(path)), lookAgainMs)
    return () => clearInterval(timer)
  }, [surface, path])
  useEffect(() => {
    const next = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
    setUrl(next)
    setIsBroken(false)
    return () => URL.revokeObjectURL(next)
  }, [text])
  return (
    <div className="placeholder image-view svg-picture">
      {isBroken ? <p>No picture yet: the text is not an SVG that a browser can draw.</p> : null}
      {url === null || isBroken ? null : <img src={url} alt={nameOf(path)} onError={() => setIsBroken(true)} />}
    </div>
  )
}
