/** A class: hand the project out with one link, then see what every student does. For the owner of the project. */

import type { Assignment, AssignmentWithLink } from '@atelier/protocol/assignments'
import type { SharedRole } from '@atelier/protocol/sharing'
import { useMemo, useState } from 'react'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { LinkForm, type LinkLife } from '../sharing/LinkForm.tsx'
import { ListState } from '../sharing/ListState.tsx'
import { NewLink } from '../sharing/NewLink.tsx'
import { useListed } from '../sharing/use-listed.ts'
import { useWorkbench } from '../workbench/context.ts'
import { AssignmentPart } from './AssignmentPart.tsx'
import { createAssignmentRequests } from './assignment-requests.ts'
import '../sharing/sharing.css'
import './assignments.css'

const lives: readonly LinkLife[] = [
  { hours: 24 * 7, text: 'for 7 days' },
  { hours: 2, text: 'for 2 hours' },
  { hours: 24, text: 'for 1 day' },
  { hours: 24 * 90, text: 'for 90 days' },
  { hours: null, text: 'until it is closed' },
]

export default function ClassDialog() {
  const { connection, dialogs, projectId } = useWorkbench()
  const requests = useMemo(() => createAssignmentRequests(connection.api, projectId), [connection, projectId])
  const list = useListed<Assignment>(requests.list)
  const [chosen, setChosen] = useState<string | null>(null)
  const [link, setLink] = useState<AssignmentWithLink | null>(null)
  const [isMaking, setMaking] = useState(false)
  const shown = list.items?.find(({ id }) => id === chosen) ?? list.items?.[0] ?? null
  const create = (role: SharedRole, hours: number | null): void =>
    void list.attempt('new', async () => {
      const made = await requests.create({ teacherRole: role, ...(hours === null ? {} : { expiresInHours: hours }) })
      list.set((items) => [made, ...items])
      setLink(made)
      setChosen(made.id)
      setMaking(false)
    })
  const isEmpty = list.items?.length === 0
  return (
    <DialogFrame title="Class" className="wide share-dialog class-dialog">
      <ListState list={list} />
      {isEmpty || isMaking ? (
        <section className="share-part" aria-labelledby="class-new">
          <h3 id="class-new">Hand this project out</h3>
          <p className="quiet-text">
            One link for the whole class. Whoever opens it says a name and gets a copy of this project as it is then, which other
            students do not see. You see every copy, and what runs in it.
          </p>
          <LinkForm
            roleLabel="In their copies you"
            roles={['viewer', 'editor']}
            lifeLabel="It takes students"
            lives={lives}
            busy={list.busy}
            onCreate={create}
          />
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
