/** A line of the audit log as a sentence without its subject: "renamed the project to “Cafe”". */
import type { AuditLine } from '@atelier/protocol/audit'

type Of = Pick<AuditLine, 'action' | 'object' | 'details'>

const quoted = (text: unknown): string => (typeof text === 'string' && text !== '' ? ` “${text}”` : '')

const sentences: Readonly<Record<string, (line: Of) => string>> = {
  'project.create': () => 'made the project',
  'project.rename': ({ details }) => `renamed the project to${quoted(details.name)}`,
  'project.visibility': ({ details }) => `made the project ${details.visibility}`,
  'project.fork': () => 'made the project as a fork of another one',
  'member.join': ({ details }) => `came in as ${details.role}`,
  'member.change': ({ details }) => `made somebody ${details.role}`,
  'member.remove': () => 'removed somebody, or left',
  'link.create': ({ details }) => `made a link for ${details.role}s`,
  'link.revoke': () => 'revoked a link',
  'folder.create': ({ object }) => `made the folder${quoted(object)}`,
  'file.delete': ({ object }) => `deleted${quoted(object)}`,
  'file.move': ({ object, details }) => `moved${quoted(object)} to${quoted(details.to)}`,
  'file.restore': ({ object, details }) => `brought back version ${details.version} of${quoted(object)}`,
  'file.undelete': ({ object }) => `brought back the deleted file${quoted(object)}`,
  'version.name': ({ object, details }) => `named a version of${quoted(object)}${quoted(details.name)}`,
  'snapshot.create': ({ details }) => `took the snapshot${quoted(details.name)}`,
  'snapshot.restore': () => 'brought the whole project back to a snapshot',
  'snapshot.delete': () => 'deleted a snapshot',
  'archive.import': ({ details }) => `imported a zip file (${details.files} files)`,
  'git.commit': ({ object }) => `committed to${quoted(object)}`,
  'git.push': ({ object }) => `pushed to${quoted(object)}`,
  'git.import': ({ details }) => `imported a repository${typeof details.from === 'string' ? ` from${quoted(details.from)}` : ''}`,
  'git.switch': ({ object }) => `switched to the branch${quoted(object)}`,
  'git.export': ({ object }) => `set up an export${object === null ? '' : ` to${quoted(object)}`}`,
  'git.stop-export': () => 'ended the export',
  'assignment.create': () => 'handed the project out to a class',
  'admin.stop-execution': () => 'stopped a program, as administrator',
}

/** One that is not known here is told as it is: a newer server may have it. */
export const activityText = (line: Of): string =>
  sentences[line.action]?.(line) ?? `${line.action.replace('.', ': ').replaceAll('-', ' ')}${quoted(line.object)}`
