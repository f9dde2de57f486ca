/** The gallery: a search, the languages, a card per template. Cards are radio buttons, so arrow keys go from one to the next. */
import type { Template } from '@atelier/protocol/projects'
import { type KeyboardEvent, useRef } from 'react'
import { useStore } from 'zustand'
import { FileIcon } from '../files/FileIcon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { languagesOf } from './filter-templates.ts'

export type TemplateCardsProps = {
  readonly all: readonly Template[]
  readonly isLoading: boolean
  readonly shown: readonly Template[]
  readonly chosen: Template | null
  readonly search: string
  readonly language: string | null
  readonly onChoose: (id: string) => void
  readonly onSearch: (text: string) => void
  readonly onLanguage: (id: string | null) => void
}

export function TemplateCards({
  all,
  isLoading,
  shown,
  chosen,
  search,
  language,
  onChoose,
  onSearch,
  onLanguage,
}: TemplateCardsProps) {
  const { server } = useWorkbench()
  const languages = useStore(server, (state) => state.languages)
  const cards = useRef<HTMLFieldSetElement>(null)
  const intoCards = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    cards.current?.querySelector<HTMLInputElement>('input:checked, input')?.focus()
  }
  return (
    <div className="template-gallery">
      <input
        className="input"
        type="search"
        value={search}
        placeholder="Search: tests, data, game …"
        aria-label="Search templates"
        onChange={(event) => onSearch(event.target.value)}
        onKeyDown={intoCards}
      />
      <fieldset className="template-languages" aria-label="Language">
        {[null, ...languagesOf(all)].map((id) => (
          <button
            key={id ?? ''}
            type="button"
            className="button quiet"
            aria-pressed={language === id}
            onClick={() => onLanguage(id)}
          >
            {id === null ? 'All' : (languages.find((each) => each.id === id)?.name ?? id)}
          </button>
        ))}
      </fieldset>
      {isLoading ? <span className="spinner" /> : null}
      {shown.length === 0 && !isLoading ? (
        <p className="quiet-text" role="status">
          No template is about that.{' '}
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              onSearch('')
              onLanguage(null)
            }}
          >
            Show all
          </button>
        </p>
      ) : null}
      <fieldset className="templates" ref={cards}>
        <legend className="visually-hidden">Start from</legend>
        {shown.map((each) => {
          const known = languages.find(({ id }) => id === each.language)
          return (
            <label key={each.id} className="template" data-chosen={each.id === chosen?.id}>
              <input
                type="radio"
                name="template"
                value={each.id}
                checked={each.id === chosen?.id}
                onChange={() => onChoose(each.id)}
              />
              <FileIcon path={each.entryPoint} />
              <span>
                <strong>{each.name}</strong>
                <small>{each.description}</small>
                {known !== undefined && !known.available ? (
                  <small className="template-note">
                    {known.name} is not ready yet: {known.reason}
                  </small>
                ) : null}
              </span>
            </label>
          )
        })}
      </fieldset>
    </div>
  )
}
