/** What is looked for, what it becomes, and where. */

import { searchLimits } from '@atelier/protocol/search'
import { useId } from 'react'
import { useStore } from 'zustand'
import { Icon, IconButton } from '../design/Icon.tsx'
import { countTicked } from './results.ts'
import type { Query, Search } from './search.ts'

type Toggle = 'matchCase' | 'wholeWord' | 'regex' | 'preserveCase'

/** A browser corrects nothing of what is typed here. */
const asItIs = { spellCheck: false, autoComplete: 'off', autoCapitalize: 'off' } as const

export function SearchFields({ search, canWrite }: { readonly search: Search; readonly canWrite: boolean }) {
  const { query, showsReplace, showsDetails, progress, files, leftOut, outcome } = useStore(search.store)
  const problemId = useId()
  const problem = progress.kind === 'failed' && progress.field ? progress.detail : null
  const isReplacing = showsReplace && canWrite
  const ticked = isReplacing ? countTicked(files, leftOut) : 0
  const set = <Key extends keyof Query>(key: Key, value: Query[Key]): void => search.change({ [key]: value })
  const toggle = (key: Toggle, sign: string, label: string) => (
    <button
      type="button"
      className="search-toggle"
      aria-pressed={query[key]}
      aria-label={label}
      title={label}
      onClick={() => set(key, !query[key])}
    >
      {sign}
    </button>
  )
  const whichFiles = (key: 'include' | 'exclude', label: string, example: string) => (
    <label className="search-field">
      <span>{label}</span>
      <input
        {...asItIs}
        name={key}
        className="input"
        placeholder={example}
        value={query[key]}
        onChange={(event) => set(key, event.target.value)}
      />
    </label>
  )
  return (
    <form
      className="search-fields"
      onSubmit={(event) => {
        event.preventDefault()
        search.run()
      }}
    >
      <div className="search-lines">
        {canWrite ? (
          <button
            type="button"
            className="search-twist"
            aria-expanded={showsReplace}
            aria-label="Replace"
            title="Replace"
            onClick={() => search.show({ replace: !showsReplace })}
          >
            <Icon name={showsReplace ? 'chevron-down' : 'chevron-right'} />
          </button>
        ) : null}
        <div className="search-stack">
          <div className="search-box" data-wrong={problem !== null}>
            <input
              {...asItIs}
              name="pattern"
              className="search-input"
              data-pane-focus="files"
              aria-label="Search in the files of the project"
              placeholder="Search"
              value={query.pattern}
              maxLength={searchLimits.patternLength}
              aria-invalid={problem !== null}
              aria-describedby={problem === null ? undefined : problemId}
              onChange={(event) => set('pattern', event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowDown') return
                event.preventDefault()
                event.currentTarget.closest('.search-pane')?.querySelector<HTMLElement>('.search-results')?.focus()
              }}
            />
            {toggle('matchCase', 'Aa', 'Match case')}
            {toggle('wholeWord', 'ab', 'Match whole words')}
            {toggle('regex', '.*', 'Regular expression')}
          </div>
          {problem === null ? null : (
            <p id={problemId} className="error-text search-problem" role="alert">
              {problem}
            </p>
          )}
          {isReplacing ? (
            <div className="search-row">
              <div className="search-box">
                <input
                  {...asItIs}
                  name="replacement"
                  className="search-input"
                  aria-label="Replace with"
                  placeholder="Replace"
                  value={query.replacement}
                  maxLength={searchLimits.replacementLength}
                  onChange={(event) => set('replacement', event.target.value)}
                />
                {toggle('preserveCase', 'AB', 'Keep the case of the match')}
              </div>
            </div>
          ) : null}
        </div>
        <IconButton
          icon="ellipsis"
          label="Which files"
          aria-expanded={showsDetails}
          aria-pressed={showsDetails}
          onClick={() => search.show({ details: !showsDetails })}
        />
      </div>
      {showsDetails ? (
        <div className="search-details">
          {whichFiles('include', 'Files to include', '*.ts, src/**')}
          {whichFiles('exclude', 'Files to exclude', 'dist, *.min.js')}
          <label className="search-check">
            <input
              type="checkbox"
              checked={query.useIgnoreFiles}
              onChange={(event) => set('useIgnoreFiles', event.target.checked)}
            />
            <span>Leave out what .gitignore names</span>
          </label>
        </div>
      ) : null}
      {isReplacing ? (
        <button
          type="button"
          className="button primary search-replace"
          disabled={ticked === 0 || progress.kind === 'searching' || outcome?.kind === 'replacing'}
          onClick={() => void search.replace()}
        >
          {outcome?.kind === 'replacing' ? 'Replacing …' : ticked === 0 ? 'Replace' : `Replace ${ticked.toLocaleString('en')}`}
        </button>
      ) : null}
    </form>
  )
}
