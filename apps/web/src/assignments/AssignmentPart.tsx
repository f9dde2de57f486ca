/** One assignment: whether it takes students, its link, and the overview. */
import type { Assignment, AssignmentWithLink } from '@atelier/protocol/assignments'
import { useState } from 'react'
import { messageOf } from '../connection/api.ts'
import { untilText } from '../sharing/until-text.ts'
import { useWorkbench } from '../workbench/context.ts'
import type { AssignmentRequests } from './assignment-requests.ts'
import { StudentTable } from './StudentTable.tsx'
import { useOverview } from './use-overview.ts'

export function AssignmentPart({
  id,
  requests,
  onLink,
  onEnded,
}: {
  readonly id: string
  readonly requests: AssignmentRequests
  readonly onLink: (link: AssignmentWithLink | null) => void
  readonly onEnded: () => void
}) {
  const { connection } = useWorkbench()
  const { overview, problem, isAway } = useOverview(connection, id)
  const [busy, setBusy] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [isAsked, setAsked] = useState(false)
  const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
    setBusy(name)
    setFailure(null)
    try {
      await work()
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(null)
    }
  }
  if (overview === null)
    return problem === null ? (
      <span className="spinner" />
    ) : (
      <p className="error-text" role="alert">
        {problem}
      </p>
    )
  const { assignment, students } = overview
  const online = students.filter((student) => student.isOnline).length
  const running = students.filter((student) => student.execution?.state === 'running').length
  return (
    <section className="share-part" aria-labelledby="class-overview">
      <div className="class-head">
        <h3 id="class-overview">
          {students.length === 1 ? '1 student' : `${students.length} students`}
          <small role="status">{isAway ? 'connecting again …' : `${online} here now, ${running} running something`}</small>
        </h3>
        <button
          type="button"
          className="button quiet"
          disabled={busy !== null}
          onClick={() => void attempt('taking', async () => void (await requests.change(id, opened(assignment))))}
        >
          {assignment.isTaking ? 'Take no new students' : 'Take students again'}
        </button>
        <button
          type="button"
          className="button quiet"
          disabled={busy !== null}
          onClick={() => void attempt('link', async () => onLink(await requests.renewLink(id)))}
        >
          New link
        </button>
        {assignment.hasLink ? (
          <button
            type="button"
            className="button quiet"
            disabled={busy !== null}
            onClick={() =>
              void attempt('revoke', async () => {
                await requests.revokeLink(id)
                onLink(null)
              })
            }
          >
            Revoke link
          </button>
        ) : null}
        <button type="button" className="button quiet" disabled={busy !== null} onClick={() => setAsked(true)}>
          End
        </button>
      </div>
      <p className="quiet-text">{stateText(assignment)}</p>
      {isAsked ? (
        <div className="class-question" role="alertdialog" aria-label="End the assignment?">
          <p>The copies stay with the students, and you see them no longer. This cannot be undone.</p>
          <button type="button" className="button quiet" onClick={() => setAsked(false)}>
            Keep it
          </button>
          <button
            type="button"
            className="button danger"
            disabled={busy !== null}
            onClick={() =>
              void attempt('end', async () => {
                await requests.end(id)
                onEnded()
              })
            }
          >
            End it
          </button>
        </div>
      ) : null}
      {failure === null ? null : (
        <p className="error-text" role="alert">
          {failure}
        </p>
      )}
      <StudentTable students={students} />
    </section>
  )
}

/** An end that has come would close it again at once. */
const opened = ({ isTaking }: Assignment) => (isTaking ? { isTaking: false } : { isTaking: true, expiresInHours: null })

function stateText({ hasLink, isTaking, expiresAt, teacherRole }: Assignment): string {
  const role = teacherRole === 'editor' ? 'You can edit their copies.' : 'You can view their copies.'
  if (!hasLink) return `The link was revoked: nobody comes in. ${role}`
  if (!isTaking) return `It takes no new students; those who are in come back with the link. ${role}`
  const until = expiresAt === null ? 'until you close it' : untilText(expiresAt, Date.now())
  return `It takes students: ${until}. ${role}`
}
