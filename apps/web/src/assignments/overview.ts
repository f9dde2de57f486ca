/** The teacher's overview, as pure functions. */
import type { AssignmentNews, AssignmentOverview, Student, StudentExecution } from '@atelier/protocol/assignments'

/** News of students that nobody has heard of wait for the overview that comes next. */
export function withNews(before: AssignmentOverview | null, news: AssignmentNews): AssignmentOverview | null {
  if (news.type === 'overview') return { assignment: news.assignment, students: news.students }
  if (before === null) return null
  const changed = new Map(news.students.map((student) => [student.userId, student]))
  return { ...before, students: before.students.map((student) => changed.get(student.userId) ?? student) }
}

export type Order = 'came' | 'name' | 'active' | 'result'

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** `result`: who runs something first, then whose program failed, then the others, then those who ran nothing. */
export function inOrder(students: readonly Student[], order: Order): readonly Student[] {
  const rank = ({ execution }: Student): number =>
    execution === null ? 3 : execution.state === 'running' ? 0 : hasFailed(execution) ? 1 : 2
  const byName = (a: Student, b: Student): number => collator.compare(a.name, b.name)
  switch (order) {
    case 'came':
      return students
    case 'name':
      return students.toSorted(byName)
    case 'active':
      return students.toSorted((a, b) =>
        a.lastActiveAt < b.lastActiveAt ? 1 : a.lastActiveAt > b.lastActiveAt ? -1 : byName(a, b),
      )
    case 'result':
      return students.toSorted((a, b) => rank(a) - rank(b) || byName(a, b))
  }
}

export const hasFailed = ({ state, reason, exitCode }: StudentExecution): boolean =>
  state === 'ended' && !(reason === 'exited' && exitCode === 0)

/** What the latest program of a student does or did, in a few words. */
export function executionText(execution: StudentExecution | null): string {
  if (execution === null) return 'nothing yet'
  const { entryPoint, state, reason, exitCode } = execution
  if (state === 'running') return `runs ${entryPoint}`
  if (reason === 'exited') return exitCode === 0 ? `${entryPoint} ended well` : `${entryPoint} ended with ${exitCode}`
  return `${entryPoint}: ${(reason ?? 'ended').replaceAll('-', ' ')}`
}
