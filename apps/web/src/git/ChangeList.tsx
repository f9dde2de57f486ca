/** Files that a commit changes, or would: each with the lines that came and went. */
import type { GitChange } from '@atelier/protocol/git'

type Props = {
  readonly changes: readonly GitChange[]
  readonly chosen: string | null
  readonly onChoose: (path: string) => void
  /** Those that are not committed; without it, nothing is asked. */
  readonly left?: ReadonlySet<string>
  readonly onLeave?: (path: string, isLeft: boolean) => void
}

const letters = { added: 'A', modified: 'M', deleted: 'D' } as const

export function ChangeList({ changes, chosen, onChoose, left, onLeave }: Props) {
  return (
    <ul className="git-changes history-list" aria-label="Changed files">
      {changes.map(({ path, change, added, removed }) => (
        <li key={path} data-chosen={path === chosen}>
          {left === undefined || onLeave === undefined ? null : (
            <input
              type="checkbox"
              checked={!left.has(path)}
              aria-label={`Commit ${path}`}
              onChange={(event) => onLeave(path, !event.target.checked)}
            />
          )}
          <button type="button" className="git-change" aria-pressed={path === chosen} onClick={() => onChoose(path)}>
            <span className="git-letter" data-change={change} title={change}>
              {letters[change]}
            </span>
            <bdi className="git-path">{path}</bdi>
            {added === null || removed === null ? (
              <small>no text</small>
            ) : (
              <small>
                <span className="git-added">+{added}</span> <span className="git-removed">−{removed}</span>
              </small>
            )}
          </button>
        </li>
      ))}
    </ul>
  )
}
