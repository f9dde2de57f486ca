/** What stands beside a list that comes from the server: that it is on its way, or what went wrong and how to ask again. */
import type { Listed } from './use-listed.ts'

export function ListState({ list }: { readonly list: Pick<Listed<unknown>, 'items' | 'problem' | 'reload'> }) {
  const isThere = list.items !== null
  if (list.problem === null) return isThere ? null : <span className="spinner" />
  return (
    <p className="error-text" role="alert">
      {list.problem}{' '}
      {isThere ? null : (
        <button type="button" className="button quiet" onClick={list.reload}>
          Try again
        </button>
      )}
    </p>
  )
}
