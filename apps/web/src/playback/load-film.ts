/** Fetches a document's history page by page and makes a film of it, in a worker, so that the page stays usable meanwhile. */
import type { Api } from '../connection/api.ts'
import type { Film } from './film.ts'

export type Progress = { readonly loaded: number; readonly all: number }

export async function loadFilm(
  _api: Api,
  _projectId: string,
  _path: string,
  _onProgress: (progress: Progress) => void,
  _signal: AbortSignal,
): Promise<Film> {
  throw new Error('The server does not keep histories yet.')
}
