/** One line on how far it is and what was seen, and what was left out. */

import { searchLimits } from '@atelier/protocol/search'
import { useStore } from 'zustand'
import type { Progress, Search } from './search.ts'

export function SearchStatus({ search }: { readonly search: Search }) {
  const { progress, matches, files } = useStore(search.store)
  if (progress.kind === 'idle')
    return <p className="search-hint">Finds text in all files of the project, with what is being typed in them.</p>
  if (progress.kind === 'failed')
    return progress.field ? null : (
      <p className="search-hint error-text" role="alert">
        {progress.detail}
      </p>
    )
  const found = `${counted(matches, 'match', 'matches')} in ${counted(files.length, 'file', 'files')}`
  return (
    <div className="search-status">
      {progress.kind === 'searching' ? <span className="spinner" /> : null}
      {/* Only what stays is read out, not each step on the way. */}
      <p aria-live={progress.kind === 'searching' ? 'off' : 'polite'}>
        {sentenceOf(progress, found, matches)}
        {progress.kind === 'done' ? <small>{remarksOn(progress)}</small> : null}
      </p>
      {progress.kind === 'searching' ? (
        <button type="button" className="button quiet" onClick={() => search.stop()}>
          Stop
        </button>
      ) : null}
    </div>
  )
}

function sentenceOf(progress: Progress, found: string, matches: number): string {
  if (progress.kind === 'searching') {
    const seen =
      progress.of === null ? '' : ` ${progress.files.toLocaleString('en')} of ${progress.of.toLocaleString('en')} files.`
    return matches === 0 ? `Searching …${seen}` : `${found} so far.${seen}`
  }
  if (progress.kind === 'stopped') return `Stopped. ${found} until then.`
  return matches === 0 ? 'Nothing was found.' : `${found}.`
}

/** Null: nothing is to be remarked. */
function remarksOn({ end }: Extract<Progress, { kind: 'done' }>): string | null {
  const { notText, ignored, tookTooLong, unreadable } = end.skipped
  const remarks = [
    end.cut === 'matches'
      ? `There are more than ${searchLimits.matches.toLocaleString('en')}: search for something narrower.`
      : '',
    end.cut === 'time' ? `The search was ended after ${searchLimits.seconds} seconds, before it had seen everything.` : '',
    tookTooLong > 0 ? `${counted(tookTooLong, 'file', 'files')} took too long.` : '',
    unreadable > 0 ? `${counted(unreadable, 'file', 'files')} could not be read.` : '',
    ignored > 0 ? `${counted(ignored, 'file', 'files')} left out by .gitignore.` : '',
    notText > 0 ? `${counted(notText, 'file', 'files')} without text left out.` : '',
  ].filter((remark) => remark !== '')
  return remarks.length === 0 ? null : remarks.join(' ')
}

export const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
