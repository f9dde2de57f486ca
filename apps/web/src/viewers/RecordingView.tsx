/** Sound or a film of the project, played from memory. */
import { useState } from 'react'
import { sizeText } from '../design/amounts.ts'
import { nameOf } from '../files/tree.ts'
import { BytesView } from './BytesView.tsx'
import { DownloadLink } from './DownloadLink.tsx'
import { typeOf } from './kinds.ts'
import type { ViewProps } from './PictureView.tsx'
import { useObjectUrl } from './use-object-url.ts'

export function RecordingView({ path, sizeBytes, version }: ViewProps) {
  const type = typeOf(path)
  const recording = useObjectUrl(path, version, type)
  const [brokenVersion, setBrokenVersion] = useState<number | null>(null)
  if (recording.kind === 'failed' || brokenVersion === version)
    return <BytesView path={path} sizeBytes={sizeBytes} version={version} why="This browser cannot play it" />
  const props = { controls: true, 'aria-label': nameOf(path), onError: () => setBrokenVersion(version) }
  return (
    <div className="placeholder recording-view">
      {recording.kind !== 'there' ? (
        <span className="spinner" />
      ) : type.startsWith('video/') ? (
        // biome-ignore lint/a11y/useMediaCaption: whoever put it here has no captions to give
        <video src={recording.url} {...props} />
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: whoever put it here has no captions to give
        <audio src={recording.url} {...props} />
      )}
      <p>
        {nameOf(path)} · {sizeText(sizeBytes)}
      </p>
      <DownloadLink path={path} />
    </div>
  )
}
