/**
 * What is no text, or too much of it: its beginning, to be read but not changed. So a file with bytes that are no UTF-8 can be opened
 * without any harm to it.
 */
import { useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { sizeText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { editableBytes, fileAddress } from '../documents/loading.ts'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'
import { DownloadLink } from './DownloadLink.tsx'
import { beginningOfText, firstBytes } from './first-bytes.ts'
import { hexRows } from './hex-rows.ts'
import type { ViewProps } from './PictureView.tsx'

/** Shown of a text; "Show more" adds as much again. */
const textStepBytes = 256 * 1024
const mostTextBytes = 4 * 1024 * 1024
const hexBytes = 4096

type Found = { readonly bytes: Uint8Array; readonly text: string | null } | { readonly failed: string }

export function BytesView({ path, sizeBytes, version, why }: ViewProps & { readonly why?: string }) {
  const { connection, projectId } = useWorkbench()
  const [wanted, setWanted] = useState(textStepBytes)
  const [asText, setAsText] = useState(false)
  const [found, setFound] = useState<Found | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the file has new bytes
  useEffect(() => {
    const controller = new AbortController()
    firstBytes(connection.api, fileAddress(projectId, path), wanted, controller.signal).then(
      (bytes) => setFound({ bytes, text: beginningOfText(bytes, bytes.length >= sizeBytes) }),
      (error: unknown) => {
        if (!controller.signal.aborted) setFound({ failed: messageOf(error) })
      },
    )
    return () => controller.abort()
  }, [connection, projectId, path, version, wanted, sizeBytes])

  if (found === null)
    return (
      <div className="placeholder" aria-live="polite">
        <span className="spinner" /> Opening {nameOf(path)} …
      </div>
    )
  if ('failed' in found)
    return (
      <div className="placeholder">
        <Icon name="binary" />
        <h2>{nameOf(path)} could not be opened</h2>
        <p>{found.failed}</p>
      </div>
    )
  const { bytes, text } = found
  const isText = text !== null
  const shown = isText || asText ? bytes.length : Math.min(bytes.length, hexBytes)
  const isWhole = shown >= sizeBytes
  const begins = isWhole ? '' : ` These are its first ${sizeText(shown)}.`
  return (
    <div className="bytes-view">
      <div className="bar" role="note">
        <Icon name={isText ? 'info' : 'binary'} />
        <p>
          <strong>
            {why ??
              (isText
                ? `${sizeText(sizeBytes)} is too much to edit here (${sizeText(editableBytes)} at most)`
                : 'This file is not text')}
            {why === undefined && isText ? '' : ` · ${sizeText(sizeBytes)}`}.
          </strong>
          {begins} It can be read here, not changed{asText && !isText ? '; what is no UTF-8 is shown as \uFFFD' : ''}.
        </p>
        <div className="bar-actions">
          {isText && !isWhole && wanted < mostTextBytes ? (
            <button type="button" className="button quiet" onClick={() => setWanted(wanted + textStepBytes)}>
              Show more
            </button>
          ) : null}
          {isText || sizeBytes === 0 ? null : (
            <button type="button" className="button quiet" onClick={() => setAsText(!asText)}>
              {asText ? 'Show bytes' : 'Show as text'}
            </button>
          )}
          <DownloadLink path={path} />
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: there is no element for preformatted text that is a region */}
      <pre className="bytes" tabIndex={0} role="region" aria-label={`Beginning of ${nameOf(path)}`}>
        {text ?? (asText ? new TextDecoder().decode(bytes) : hexRows(bytes.subarray(0, hexBytes)))}
      </pre>
    </div>
  )
}
