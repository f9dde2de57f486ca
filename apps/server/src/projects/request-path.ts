import { Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'

/**
 * The file's path from the address of a request, `…/files/{path}`: percent-encoded UTF-8. It is taken from the raw
 * address, because a router's decoding no longer tells an encoded slash from a real one.
 * @throws Refusal invalid-path
 */
export function pathOfUrl(url: string, of: 'files' | 'playback' | 'history' | 'line-authors' = 'files'): string {
  const [, noun, encoded] = /^\/api\/v1\/projects\/[^/]+\/([^/?]+)\/([^?]*)/.exec(url) ?? []
  if (encoded === undefined || noun !== of)
    throw invalid('the address is not written plainly', `Write it as /api/v1/projects/{id}/${of}/{path}.`)
  if (/%2f/i.test(encoded)) throw invalid('the path contains an encoded slash', 'Put a plain "/" between folder and file.')
  if (encoded.includes('#')) throw invalid('the path contains a "#" that is not encoded', 'Write it as %23.')
  return checkPath(decode(encoded))
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw invalid(
      'the path is not percent-encoded UTF-8',
      'Encode each name with encodeURIComponent, or your language’s like.',
      cause,
    )
  }
}

const invalid = (why: string, next: string, cause?: unknown): Refusal =>
  new Refusal('invalid-path', `${why}. ${next}`, { errors: [{ pointer: '/path', detail: why }], cause })
