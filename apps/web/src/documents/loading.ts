/** Fetches a file and decides how it can be shown. */
import { type Api, encodePath } from '../connection/api.ts'
import { toLf } from '../editor/surface.ts'
import { type ViewedKind, viewedKindOf } from '../viewers/kinds.ts'

/** Larger texts make every editor slow; their beginning is shown, and they are offered for download. */
export const editableBytes = 5 * 1024 * 1024

export type Loaded =
  | { readonly kind: 'text'; readonly version: number; readonly text: string }
  | { readonly kind: ViewedKind | 'binary' | 'too-large'; readonly version: number; readonly sizeBytes: number }

export const fileAddress = (projectId: string, path: string): string => `/api/v1/projects/${projectId}/files/${encodePath(path)}`

export async function loadFile(
  api: Api,
  projectId: string,
  path: string,
  known: { sizeBytes: number; version: number } | undefined,
): Promise<Loaded> {
  const shown = known === undefined ? undefined : { version: known.version, sizeBytes: known.sizeBytes }
  const viewed = viewedKindOf(path)
  if (shown !== undefined && viewed !== null) return { kind: viewed, ...shown }
  if (shown !== undefined && shown.sizeBytes > editableBytes) return { kind: 'too-large', ...shown }
  const response = await api.ask(fileAddress(projectId, path), { headers: { accept: '*/*' } })
  const version = versionOf(response)
  const bytes = await response.arrayBuffer()
  if (bytes.byteLength > editableBytes) return { kind: 'too-large', version, sizeBytes: bytes.byteLength }
  const text = textOf(bytes)
  return text === null ? { kind: 'binary', version, sizeBytes: bytes.byteLength } : { kind: 'text', version, text: toLf(text) }
}

/** The version in an answer's ETag. */
export const versionOf = (response: Response): number => Number(/\d+/.exec(response.headers.get('etag') ?? '')?.[0] ?? 0)

/** The bytes as text, or null when they are none: not UTF-8, or with NUL in them. */
export function textOf(bytes: ArrayBuffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\u0000') ? null : text
  } catch {
    return null
  }
}
