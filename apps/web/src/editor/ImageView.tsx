/** A picture of the project. It is fetched as bytes and shown from memory: the address of a user's file is never opened as a page. */
import { useEffect, useState } from 'react'
import { sizeText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { fileAddress } from '../documents/loading.ts'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'

type Props = { readonly projectId: string; readonly path: string; readonly sizeBytes: number; readonly version: number }

export function ImageView({ projectId, path, sizeBytes, version }: Props) {
  const { connection } = useWorkbench()
  const [source, setSource] = useState<string | null>(null)
  const [size, setSize] = useState<string | null>(null)
  const [broken, setBroken] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the file is a new picture
  useEffect(() => {
    const controller = new AbortController()
    let url: string | null = null
    connection.api
      .ask(fileAddress(projectId, path), { headers: { accept: '*/*' }, signal: controller.signal })
      .then((response) => response.blob())
      .then((blob) => {
        url = URL.createObjectURL(blob)
        setSource(url)
      })
      .catch(() => {
        if (!controller.signal.aborted) setBroken(true)
      })
    return () => {
      controller.abort()
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [connection, projectId, path, version])
  return (
    <div className="placeholder image-view">
      {broken ? (
        <>
          <Icon name="binary" />
          <h2>This picture cannot be shown</h2>
        </>
      ) : source === null ? (
        <span className="spinner" />
      ) : (
        <img
          src={source}
          alt={nameOf(path)}
          onLoad={(event) => setSize(`${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight}`)}
          onError={() => setBroken(true)}
        />
      )}
      <p>
        {size === null ? '' : `${size} · `}
        {sizeText(sizeBytes)}
      </p>
      <a className="button" href={fileAddress(projectId, path)} download={nameOf(path)}>
        <Icon name="download" /> Download
      </a>
    </div>
  )
}
