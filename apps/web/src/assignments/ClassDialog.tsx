/** A class: hand the project out with one link, then see what every student does. For the owner of the project. */

import type { Assignment, AssignmentWithLink } from '@atelier/protocol/assignments'
import type { SharedRole } from '@atelier/protocol/sharing'
import { useMemo, useState } from 'react'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { Icon } from '../design/Icon.tsx'
import { NewLink } from '../sharing/NewLink.tsx'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'
import { AssignmentPart } from './AssignmentPart.tsx'
import { createAssignmentRequests } from './assignment-requests.ts'
import '../sharing/sharing.css'
import './assignments.css'

/** `null`: it takes students until it is closed. The first is the usual one. */
const lives = [
  { hours: 24 * 7, text: 'for 7 days' },
  { hours: 2, text: 'for 2 hours' },
  { hours: 24, text: 'for 1 day' },
  { hours: 24 * 90, text: 'for 90 days' },
  { hours: null, text: 'until it is closed' },
] as const

export default function ClassDialog() {
  const { connection, dialogs, projectId } = useWorkbench()
  const requests = useMemo(() => createAssignmentRequests(connection.api, projectId), [connection, projectId])
  const list = useListed<Assignment>(requests.list)
  const [chosen, setChosen] = useState<string | null>(null)
  const [link, setLink] = useState<AssignmentWithLink | null>(null)
  const [isMaking, setMaking] = useState(false)
  const [role, setRole] = useState<SharedRole>('viewer')
  const [life, setLife] = useState(0)
  const shown = list.items?.find(({ id }) => id === chosen) ?? list.items?.[0] ?? null
  const create = (): void =>
    void list.attempt('new', async () => {
      const hours = lives[life]?.hours ?? null
      const made = await requests.create({ teacherRole: role, ...(hours === null ? {} : { expiresInHours: hours }) })
      list.set((items) => [made, ...items])
      setLink(made)
      setChosen(made.id)
      setMaking(false)
    })
  const isEmpty = list.items?.length === 0
  return (
    <DialogFrame title="Class" className="wide share-dialog class-dialog">
      {list.items === null && list.problem === null ? <span className="spinner" /> : null}
      {list.problem === null ? null : (
        <p className="error-text" role="alert">
          {list.problem}{' '}
          {list.items === null ? (
            <button type="button" className="button quiet" onClick={list.reload}>
              Try again
            </button>
          ) : null}
        </p>
      )}
      {isEmpty || isMaking ? (
        <section className="share-part" aria-labelledby="class-new">
          <h3 id="class-new">Hand this project out</h3>
          <p className="quiet-text">
            One link for the whole class. Whoever opens it says a name and gets a copy of this project as it is then, which other
            students do not see. You see every copy, and what runs in it.
          </p>
          <form
            className="share-form"
            onSubmit={(event) => {
              event.preventDefault()
              create()
            }}
          >
            <label className="field">
              <span>In their copies you</span>
              <select
                className="input"
                value={role}
                onChange={(event) => setRole(event.target.value === 'editor' ? 'editor' : 'viewer')}
              >
                <option value="viewer">can view</option>
                <option value="editor">can edit and run</option>
              </select>
            </label>
            <label className="field">
              <span>It takes students</span>
              <select className="input" value={life} onChange={(event) => setLife(Number(event.target.value))}>
                {lives.map(({ text }, index) => (
                  <option key={text} value={index}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit" className="button primary" disabled={list.busy !== null}>
              {list.busy === 'new' ? <span className="spinner" /> : <Icon name="link" />}
              Create link
            </button>
          </form>
        </section>
      ) : null}
      {(list.items?.length ?? 0) > 1 ? (
        <label className="field class-choice">
          <span>Assignment</span>
          <select className="input" value={shown?.id} onChange={(event) => setChosen(event.target.value)}>
            {list.items?.map(({ id, name, createdAt, students }) => (
              <option key={id} value={id}>
                {name}, {new Date(createdAt).toLocaleDateString()}, {students} students
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {link !== null && link.id === shown?.id ? <NewLink key={link.token} link={link} /> : null}
      {shown === null ? null : (
        <AssignmentPart
          key={shown.id}
          id={shown.id}
          requests={requests}
          onLink={setLink}
          onEnded={() => {
            setChosen(null)
            setLink(null)
            list.set((items) => items.filter(({ id }) => id !== shown.id))
          }}
        />
      )}
      <div className="dialog-actions">
        {isEmpty || isMaking || list.items === null ? null : (
          <button type="button" className="button quiet" onClick={() => setMaking(true)}>
            Hand it out once more
          </button>
        )}
        <button type="button" className="button primary" onClick={() => dialogs.close()}>
          Done
        </button>
      </div>
    </DialogFrame>
  )
}
