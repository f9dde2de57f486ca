/** How a file that is not edited is shown, by the ending of its name. What is in it decides whether that works. */
import { endingOf } from '../languages/editor-languages.ts'

const pictures = new Map(
  Object.entries({
    ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', avif: 'image/avif' },
    ...{ bmp: 'image/bmp', ico: 'image/x-icon' },
  }),
)
const recordings = new Map(
  Object.entries({
    ...{ mp3: 'audio/mpeg', wav: 'audio/wav', ogg: 'audio/ogg', oga: 'audio/ogg', opus: 'audio/ogg', flac: 'audio/flac' },
    ...{ m4a: 'audio/mp4', aac: 'audio/aac', mp4: 'video/mp4', m4v: 'video/mp4', webm: 'video/webm', ogv: 'video/ogg' },
  }),
)

export type ViewedKind = 'image' | 'recording'

/** Null: it may be text. SVG is: it is edited, and shown as a picture on request. */
export function viewedKindOf(path: string): ViewedKind | null {
  const ending = endingOf(path)
  return pictures.has(ending) ? 'image' : recordings.has(ending) ? 'recording' : null
}

/** The type under which the bytes are handed to an element that shows or plays them; never one that a browser runs. */
export const typeOf = (path: string): string => {
  const ending = endingOf(path)
  return pictures.get(ending) ?? recordings.get(ending) ?? 'application/octet-stream'
}
