/** What projects refuse, in words for the person who asked. */
import { Refusal } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`

/** Also for projects of others: nobody learns that they exist. */
export const noSuchProject = (): Refusal =>
  new Refusal('not-found', 'There is no such project in your session. It may have been deleted, or it belongs to somebody else.')

/** For whoever may see the project: nothing is given away. */
export const onlyLooking = (): Refusal =>
  new Refusal(
    'forbidden',
    'You may look at this project but not change or run it, because you came in as a viewer. Ask its owner to make you an editor, or fork it to have a project of your own.',
  )

/** For strangers in a project that everybody may read. */
export const onlyForMembers = (what: string): Refusal =>
  new Refusal(
    'forbidden',
    `Only people whom its owner let in may ${what}; you see this project because it is open to everybody. Ask its owner for a link, or fork it.`,
  )

export const onlyForOwner = (what: string): Refusal =>
  new Refusal('forbidden', `Only the owner of a project may ${what}, and this one is somebody else's. Ask its owner to do it.`)

export const noSuchFile = (path: string): Refusal => new Refusal('not-found', `There is no file "${path}" in this project.`)

export const noSuchEntry = (path: string): Refusal =>
  new Refusal('not-found', `There is nothing named "${path}" in this project.`)

export const nameIsTaken = (path: string, kind: 'file' | 'folder'): Refusal =>
  new Refusal('already-exists', `There is a ${kind} named "${path}" already. Choose another name, or delete it first.`)

export const fileIsNoFolder = (path: string): Refusal =>
  new Refusal('already-exists', `"${path}" is a file, so nothing can be put into it. Choose another folder, or rename the file.`)

/** `version`: 0 when the file is not there. */
export const versionMismatch = (path: string, version: number): Refusal =>
  new Refusal(
    'version-mismatch',
    version === 0
      ? `"${path}" is not there any more, so it was not changed. Save it without If-Match to create it again.`
      : `"${path}" is at version ${version} by now, so your change was not saved over it. Read it again, then save with If-Match: "${version}".`,
    { version },
  )

export const existsAlready = (path: string, version: number): Refusal =>
  new Refusal(
    'version-mismatch',
    `"${path}" exists already (version ${version}), and you asked to create it only if it does not.`,
    {
      version,
    },
  )

export const fileTooLarge = (): Refusal =>
  new Refusal('too-large', `A file has at most ${megabytes(fileLimits.fileBytes)}. Split it, or keep it outside of the project.`)

export const projectFull = (): Refusal =>
  new Refusal(
    'too-large',
    `All files of a project together have at most ${megabytes(fileLimits.projectBytes)}. Delete what is not needed, or start another project.`,
  )

export const tooManyEntries = (): Refusal =>
  new Refusal(
    'too-large',
    `A project has at most ${fileLimits.filesPerProject} files and folders. Delete what is not needed, or start another project.`,
  )

export const tooManySaves = (): Refusal =>
  new Refusal(
    'storage-unavailable',
    'More files are being saved than the server can take. Nothing was changed; try again shortly.',
    {
      retryAfterSeconds: 1,
    },
  )

/** The answer got lost, so nobody knows whether the change did. */
export const saveInDoubt = (cause: unknown): Refusal =>
  new Refusal(
    'storage-unavailable',
    'The database does not answer, so it is not known whether this was saved. Try again shortly; with If-Match nothing can be overwritten by mistake.',
    { retryAfterSeconds: 2, cause },
  )

export const projectTooLargeToRead = (mostBytes: number): Refusal =>
  new Refusal(
    'too-large',
    `The files of this project have more than ${megabytes(mostBytes)} together, which is too much to run at once. Delete large files that the program does not need.`,
  )

/** Where an expression has to be. */
export function refuse(refusal: Refusal): never {
  throw refusal
}
