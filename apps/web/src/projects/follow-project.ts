/** Follows the channel of the open project: who is here, what happens to its files, and what I may do. */
import { channelOfProject, type ProjectNews } from '@atelier/protocol/presence'
import { followMove, selectPath } from '../files/files.ts'
import { goneWith, withNews } from '../files/live-tree.ts'
import { isWithin, parentOf } from '../files/tree.ts'
import type { Workbench } from '../workbench/workbench.ts'
import { mayWrite } from './access.ts'
import { applyAccess } from './read-only.ts'

export function followProject(workbench: Workbench): void {
  const { access, changes, connection, dialogs, documents, notices, people, projects, projectId } = workbench
  const channel = channelOfProject(projectId)
  let told: string | null | undefined
  let wasIn = false

  const tellWhereIAm = (): void => {
    const { active } = documents.getState()
    if (active !== told && connection.socket.send(channel, { type: 'here', path: active })) told = active
  }
  // An overview leads here: whoever it names is followed as soon as they are seen.
  let asked = new URLSearchParams(location.search).get('follow')
  const followAsked = (): void => {
    const person = people.store.getState().persons.find(({ userId }) => userId === asked)
    if (person === undefined) return
    asked = null
    people.happened({ type: 'follow', person })
  }
  const takeRole = (role: ReturnType<typeof access.getState>['role']): void => {
    const before = access.getState()
    if (before.role === role && !before.isLost) return
    access.setState({ role, isLost: false })
    projects.store.setState(({ current }) => ({ current: { ...current, role } }))
    const could = mayWrite(before)
    if (could && role === 'viewer') notices.info('You can only look at this project now. What you type is not taken any more.')
    else if (!could && role !== 'viewer') notices.info('You can edit this project now.')
  }
  const take = (news: ProjectNews): void => {
    switch (news.type) {
      case 'people':
        people.take(news)
        followAsked()
        // The first list is the server's answer: now it can be told something.
        tellWhereIAm()
        break
      case 'changed':
        takeChanges(workbench, news)
        break
      case 'reload':
        changes.refresh().catch(() => {})
        break
      case 'project':
        projects.changed({ name: news.name, visibility: news.visibility })
        access.setState({ isOpen: news.visibility !== 'private' })
        break
      case 'role':
        takeRole(news.role)
        break
    }
  }

  connection.socket.follow(channel, () => 0, {
    message(message) {
      if (!isProjectNews(message)) return
      wasIn = true
      take(message)
    },
    away() {
      told = undefined
      people.forget()
    },
    refused(code) {
      if (code !== 'not-found' || !wasIn) return
      access.setState({ isLost: true })
      people.forget()
      dialogs.show({ kind: 'lost-access' })
    },
  })
  access.subscribe(() => applyAccess(workbench))
  documents.subscribe((state, before) => {
    if (state.active !== before.active) tellWhereIAm()
  })
}

const newsTypes: ReadonlySet<string> = new Set<ProjectNews['type']>(['people', 'changed', 'project', 'reload', 'role'])
const isProjectNews = (message: object): message is ProjectNews => 'type' in message && newsTypes.has(String(message.type))

function takeChanges(workbench: Workbench, news: Extract<ProjectNews, { type: 'changed' }>): void {
  const { documents, editing, files, notices, people } = workbench
  const entries = withNews(files.getState().entries, news)
  if (entries !== files.getState().entries) files.setState({ entries })
  for (const { from, to } of news.moved) {
    followMove(files, from, to)
    editing.renamed(from, to)
  }
  const gone = goneWith(documents.getState().tabs, news.deleted)
  if (gone.length > 0 && news.by !== people.me.getState().id)
    notices.info(
      `${people.nameOf(news.by) ?? 'Somebody'} deleted ${gone.length === 1 ? `“${gone[0]}”` : `${gone.length} open files`}.`,
    )
  const isMine = news.by === people.me.getState().id
  for (const path of news.deleted) editing.deleted(path, isMine ? null : (people.nameOf(news.by) ?? 'Somebody'))
  leaveWhatIsGone(workbench, news.deleted)
}

/** Selection and the field for a name do not stay on what is not there any more. */
function leaveWhatIsGone({ files }: Workbench, deleted: readonly string[]): void {
  const { selected, naming, entries } = files.getState()
  const isGone = (path: string): boolean => !entries.has(path) && deleted.some((each) => isWithin(path, each))
  if (selected !== null && isGone(selected)) selectPath(files, entries.has(parentOf(selected)) ? parentOf(selected) : null)
  const named = naming === null ? null : naming.kind === 'rename' ? naming.path : naming.folder
  if (named !== null && named !== '' && isGone(named)) files.setState({ naming: null })
}
