import { type FileVersion, historyLimits } from '@atelier/protocol/history'
import { useEffect, useRef, useState } from 'react'

type Props = {
  readonly version: FileVersion
  /** null: without a name from now on; undefined: as it was. */
  readonly onDone: (name: string | null | undefined) => void
}

export function VersionName({ version, onDone }: Props) {
  const [name, setName] = useState(version.name ?? '')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.select(), [])
  const trimmed = name.trim()
  return (
    <form
      className="history-name"
      onSubmit={(event) => {
        event.preventDefault()
        onDone(trimmed === '' ? null : trimmed)
      }}
    >
      <input
        ref={input}
        className="input"
        value={name}
        maxLength={historyLimits.nameLength}
        aria-label="Name of the version"
        placeholder="for example: handed in. Versions with a name are kept for good"
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          onDone(undefined)
        }}
      />
      <button type="submit" className="button primary" disabled={trimmed === '' && version.name === null}>
        {trimmed === '' && version.name !== null ? 'Take the name away' : 'Name'}
      </button>
    </form>
  )
}
