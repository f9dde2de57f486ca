/** On which condition a file may be written: the optimistic lock of `If-Match` and `If-None-Match`. */
import { Refusal } from '@atelier/protocol/errors'
import { parseIfMatch } from '@atelier/protocol/files'
import { existsAlready, versionMismatch } from './refusals.ts'

/** A number: the file is at this version. */
export type Precondition = 'none' | 'absent' | 'present' | number

/** `If-Match: "0"` and `If-None-Match: *` both mean: only if there is no such file. */
export function preconditionOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Precondition {
  const version = parseIfMatch(ifMatch)
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*')
      throw new Refusal('invalid-request', 'When writing, If-None-Match can only be *: "create, but do not replace".')
    if (version !== null && version !== 0)
      throw new Refusal('invalid-request', 'If-Match and If-None-Match contradict each other. Send one of the two.')
    return 'absent'
  }
  if (version === null) return 'none'
  return version === '*' ? 'present' : version === 0 ? 'absent' : version
}

/** `version`: of the file as it is, 0 when it is not there. @throws Refusal version-mismatch */
export function checkPrecondition(precondition: Precondition, path: string, version: number): void {
  if (precondition === 'none') return
  if (precondition === 'absent') {
    if (version !== 0) throw existsAlready(path, version)
  } else if (version === 0 || (precondition !== 'present' && precondition !== version)) throw versionMismatch(path, version)
}
