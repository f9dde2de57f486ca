/** The list at the left. Arrow keys go from version to version, as in any list of choices. */
import type { FileVersion } from '@atelier/protocol/history'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { sizeText } from '../design/amounts.ts'
import type { Versions } from './use-versions.ts'
import { dayText, momentText, nobody } from './version-text.ts'

type Props = { readonly versions: Versions; readonly chosen: number | null; readonly onChoose: (version: number) => void }

export function VersionList({ versions: { items, problem, hasMore, more, reload }, chosen, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const isFirst = useRef(true)
  useEffect(() => {
    const option = list.current?.querySelector<HTMLElement>('[aria-selected="true"]')
    option?.scrollIntoView({ block: 'nearest' })
    // The keyboard begins here.
    if (isFirst.current && option != null) {
      isFirst.current = false
      list.current?.focus()
    }
  })
  if (problem !== null)
    return (
      <div className="history-list history-wait">
        <p className="error-text">{problem}</p>
        <button type="button" className="button" onClick={reload}>
          Try again
        </button>
      </div>
    )
  if (items === null)
    return (
      <div className="history-list history-wait">
        <span className="spinner" />
      </div>
    )
  const step = (event: KeyboardEvent): void => {
    const at = items.findIndex((each) => each.version === chosen)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1, PageDown: at + 10, PageUp: at - 10 }[
      event.key
    ]
    if (to === undefined) return
    event.preventDefault()
    const next = items[Math.max(0, Math.min(items.length - 1, to))]
    if (next !== undefined) onChoose(next.version)
  }
  const nowMs = Date.now()
  return (
    <div className="history-list">
      <div
        ref={list}
        role="listbox"
        aria-label="Versions, newest first"
        aria-activedescendant={chosen === null ? undefined : `version-${chosen}`}
        tabIndex={0}
        onKeyDown={step}
      >
        {items.map((version, index) => {
          const day = dayText(version.at, nowMs)
          const before = items[index - 1]
          return (
            <div key={version.version} role="presentation">
              {before === undefined || dayText(before.at, nowMs) !== day ? (
                <div className="history-day" role="presentation">
                  {day}
                </div>
              ) : null}
              <VersionOption version={version} isChosen={version.version === chosen} nowMs={nowMs} onChoose={onChoose} />
            </div>
          )
        })}
      </div>
      {hasMore ? (
        <button type="button" className="button quiet" onClick={more}>
          Older versions
        </button>
      ) : null}
      {items.length === 1 ? (
        <p className="history-hint">
          There is one version so far. What you save from now on is kept here, ten seconds of typing as one.
        </p>
      ) : null}
    </div>
  )
}

type OptionProps = {
  readonly version: FileVersion
  readonly isChosen: boolean
  readonly nowMs: number
  readonly onChoose: (version: number) => void
}

function VersionOption({ version, isChosen, nowMs, onChoose }: OptionProps) {
  const { name, author, sizeBytes, isCurrent, at } = version
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
    <div
      id={`version-${version.version}`}
      role="option"
      aria-selected={isChosen}
      className="history-version"
      onClick={() => onChoose(version.version)}
    >
      {name === null ? null : (
        <strong>
          <bdi>{name}</bdi>
        </strong>
      )}
      <span>
        {momentText(at, nowMs)}
        {isCurrent ? <em> now</em> : null}
      </span>
      <small>
        <bdi>{author?.name ?? nobody(version.version)}</bdi> · {sizeText(sizeBytes)}
      </small>
    </div>
  )
}
