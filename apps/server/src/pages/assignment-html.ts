/** What students read on their way in. */
import { plainPage, shown } from './plain-pages.ts'

/** `address`: where the form goes, made of characters that mean nothing in HTML. `reason`: why the name that was typed is none. */
export const assignmentHtml = (
  address: string,
  assignment: { readonly name: string; readonly teacherName: string; readonly teacherRole: 'editor' | 'viewer' },
  typed: string,
  reason: string | null,
): string =>
  plainPage(
    'Your assignment',
    `<p>${shown(assignment.teacherName)} hands out ${shown(assignment.name)}. You get a copy of your own, which other students do not see. Your teacher sees it, what you run in it${assignment.teacherRole === 'editor' ? ', and may change it' : ''}.</p>
<form method="post" action="${address}"><label for="name">Your name</label>${reason === null ? '' : `<p role="alert">That does not work: ${inert(reason)}.</p>`}<input id="name" name="name" required maxlength="40" autocomplete="name" autofocus value="${inert(typed)}"><button type="submit">Begin</button></form>`,
  )

export const closedAssignmentHtml = (
  sentence = 'This assignment takes no new students any more. Ask your teacher to open it again.',
): string => plainPage('You cannot come in', `<p>${inert(sentence)}</p><a href="/">Open my project</a>`)

/** Without meaning in HTML, in an attribute too. */
const inert = (text: string): string => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
