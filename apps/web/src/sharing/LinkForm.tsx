/** The form in which a link is made: what those who come with it may do, and how long it works. */
import type { SharedRole } from '@atelier/protocol/sharing'
import { useState } from 'react'
import { Icon } from '../design/Icon.tsx'

/** `hours` null: until somebody ends it. */
export type LinkLife = { readonly hours: number | null; readonly text: string }

const roleTexts: Readonly<Record<SharedRole, string>> = { editor: 'can edit and run', viewer: 'can view' }

/** Of roles and lives the first is the usual one. */
export function LinkForm({
  roleLabel,
  roles,
  lifeLabel,
  lives,
  busy,
  onCreate,
}: {
  readonly roleLabel: string
  readonly roles: readonly [SharedRole, ...SharedRole[]]
  readonly lifeLabel: string
  readonly lives: readonly LinkLife[]
  /** What is under way in the list that it belongs to; `new`: the link. */
  readonly busy: string | null
  readonly onCreate: (role: SharedRole, hours: number | null) => void
}) {
  const [role, setRole] = useState<SharedRole>(roles[0])
  const [life, setLife] = useState(0)
  return (
    <form
      className="share-form"
      onSubmit={(event) => {
        event.preventDefault()
        onCreate(role, lives[life]?.hours ?? null)
      }}
    >
      <label className="field">
        <span>{roleLabel}</span>
        <select
          className="input"
          value={role}
          onChange={(event) => setRole(event.target.value === 'editor' ? 'editor' : 'viewer')}
        >
          {roles.map((each) => (
            <option key={each} value={each}>
              {roleTexts[each]}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{lifeLabel}</span>
        <select className="input" value={life} onChange={(event) => setLife(Number(event.target.value))}>
          {lives.map(({ text }, index) => (
            <option key={text} value={index}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button primary" disabled={busy !== null}>
        {busy === 'new' ? <span className="spinner" /> : <Icon name="link" />}
        Create link
      </button>
    </form>
  )
}
