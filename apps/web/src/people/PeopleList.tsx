/** Everybody who is here: my own name, which I can change, and the others, to whom I can go or whom I can follow. */
import { displayNameLimit } from '@atelier/protocol/sessions'
import { useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { Icon, IconButton } from '../design/Icon.tsx'
import { roleText } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { Avatar } from './Avatar.tsx'
import { jumpTo } from './following.ts'
import { mainTab, type PersonHere } from './persons.ts'

/** From so many people on there is a field to find one. */
const findFrom = 9

type Props = { readonly ordered: readonly PersonHere[]; readonly more: number; readonly onDone: () => void }

export default function PeopleList({ ordered, more, onDone }: Props) {
  const { dialogs } = useWorkbench()
  const [wanted, setWanted] = useState('')
  const me = ordered.find(({ isMe }) => isMe)
  // My other tabs are places to go to as well.
  const others = ordered.filter((person) => !person.isMe || person.tabs.length > 0)
  const shown = others.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()))
  if (me === undefined)
    return (
      <p className="people-empty">There is no connection to the server, so nobody knows who is here. It comes back by itself.</p>
    )
  return (
    <>
      <MyName key={me.name} me={me} />
      {others.length >= findFrom ? (
        <input
          className="input"
          type="search"
          value={wanted}
          placeholder="Find somebody"
          aria-label="Find somebody"
          onChange={(event) => setWanted(event.target.value)}
        />
      ) : null}
      {others.length === 0 ? (
        <p className="people-empty">Nobody else is here. Share the project, and who comes appears here.</p>
      ) : (
        <ul className="people-list">
          {shown.map((person) => (
            <PersonRow key={person.userId} person={person} onDone={onDone} />
          ))}
          {shown.length === 0 ? <li className="people-empty">Nobody of that name.</li> : null}
        </ul>
      )}
      {more > 0 ? <p className="people-empty">and {more} more</p> : null}
      <button
        type="button"
        className="button people-share"
        onClick={() => {
          onDone()
          dialogs.show({ kind: 'share' })
        }}
      >
        <Icon name="share" /> Share …
      </button>
    </>
  )
}

function PersonRow({ person, onDone }: { readonly person: PersonHere; readonly onDone: () => void }) {
  const workbench = useWorkbench()
  const { people } = workbench
  const isFollowed = useStore(people.follow, (state) => state.kind === 'following' && state.userId === person.userId)
  const tab = mainTab(person)
  const path = tab?.path ?? null
  const place = path === null ? 'no file open' : `${tab?.activity ?? 'in'} ${path}`
  const name = person.isMe ? `${person.name} (your other tab)` : person.name
  return (
    <li className="person-row" data-followed={isFollowed}>
      <button
        type="button"
        className="person-go"
        disabled={path === null}
        title={path === null ? `${name} has no file open` : `Go to ${name} in ${path}`}
        onClick={() => {
          onDone()
          void jumpTo(workbench, person)
        }}
      >
        <Avatar name={person.name} color={person.color} />
        <span className="person-text">
          <bdi className="person-name">{name}</bdi>
          <small>
            {roleText[person.role]} · {place}
          </small>
        </span>
      </button>
      <IconButton
        icon="eye"
        label={isFollowed ? `Stop following ${name}` : `Follow ${name}`}
        aria-pressed={isFollowed}
        disabled={tab === null}
        onClick={() => {
          onDone()
          people.happened(isFollowed ? { type: 'acted' } : { type: 'follow', person })
        }}
      />
    </li>
  )
}

function MyName({ me }: { readonly me: PersonHere }) {
  const { people } = useWorkbench()
  const [name, setName] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const save = async (): Promise<void> => {
    setIsBusy(true)
    setProblem(null)
    try {
      await people.rename(name ?? '')
      setName(null)
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsBusy(false)
    }
  }
  if (name === null)
    return (
      <div className="person-row">
        <span className="person-go">
          <Avatar name={me.name} color={me.color} />
          <span className="person-text">
            <bdi className="person-name">{me.name}</bdi>
            <small>You · {roleText[me.role]}</small>
          </span>
        </span>
        <IconButton icon="edit" label="Change your name" onClick={() => setName(me.name)} />
      </div>
    )
  return (
    <form
      className="person-rename"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <label className="field">
        <span>Your name, as others see it</span>
        <input
          className="input"
          // biome-ignore lint/a11y/noAutofocus: the field was asked for by pressing its button
          autoFocus
          value={name}
          maxLength={displayNameLimit}
          autoComplete="nickname"
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            event.stopPropagation()
            setName(null)
          }}
        />
      </label>
      <button type="submit" className="button primary" disabled={isBusy || name.trim() === ''}>
        {isBusy ? <span className="spinner" /> : null}
        Save
      </button>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
