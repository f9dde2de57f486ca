/** The language of the open file; the menu says which languages this server runs, and why not where it cannot. */
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { PopoverButton } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { languageName, languageOf, wantedFirst, whyMissing } from './editor-languages.ts'

export function LanguageStatus() {
  const { documents, server } = useWorkbench()
  const active = useStore(documents, (state) => state.active)
  const coloured = useStore(documents, ({ active: path, open }) => {
    const document = path === null ? undefined : open[path]
    return document?.kind === 'text' ? document.language : null
  })
  const languages = useStore(server, (state) => state.languages)
  if (active === null || coloured === null) return null
  const language = languageOf(active, languages)
  const text =
    language === null ? languageName(coloured) : `${language.name}${language.version === null ? '' : ` ${language.version}`}`
  return (
    <PopoverButton
      title="Languages on this server"
      align="end"
      trigger={
        <button type="button" className="status-item" data-weak={language !== null && !language.available}>
          {language !== null && !language.available ? <Icon name="warning" /> : null}
          <span>{text}</span>
        </button>
      }
    >
      <ul className="languages">
        {wantedFirst(languages).map((each) => (
          <li key={each.id} data-ok={each.available} data-wanted={each.wanted}>
            <Icon name={each.available ? 'check' : each.wanted ? 'warning' : 'add'} />
            <span>
              <strong>{each.name}</strong>{' '}
              <span className="quiet-text">{each.available ? each.version : each.extensions.join(' ')}</span>
              {each.available ? null : <small>{each.wanted ? whyMissing(each) : each.remedy}</small>}
            </span>
          </li>
        ))}
      </ul>
      <p className="quiet-text">The ending of a file’s name decides its language.</p>
    </PopoverButton>
  )
}
