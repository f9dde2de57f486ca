/** Run or Stop, and beside it the choice of what Run starts. */
import { Menu } from '@base-ui/react/menu'
import { useStore } from 'zustand'
import { shownKeys } from '../commands/keys.ts'
import { Icon } from '../design/Icon.tsx'
import { MenuButton, MenuChoices, MenuItem, MenuLine } from '../design/Menus.tsx'
import { languageOf, wantedFirst, whyMissing } from '../languages/editor-languages.ts'
import { mayRun, whyNoRun } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { runnableFiles, runTargetOf } from './run-target.ts'

const mostFiles = 12
const followEditor = ''

export function RunButton() {
  const workbench = useWorkbench()
  const kind = useStore(workbench.executions.store, (state) => state.kind)
  const isStopping = useStore(workbench.executions.store, (state) => state.kind === 'running' && state.stopping)
  const entries = useStore(workbench.files, (state) => state.entries)
  const active = useStore(workbench.documents, (state) => state.active)
  const languages = useStore(workbench.server, (state) => state.languages)
  const choice = useStore(workbench.runChoice)
  const target = runTargetOf(entries, languages, active, choice)
  const isBusy = kind === 'starting' || kind === 'running'
  const canRun = useStore(workbench.access, mayRun)
  const isReady = target?.language.available ?? true
  return (
    <div className="run-group" data-busy={isBusy}>
      {isBusy ? (
        <button
          type="button"
          className="run-button stop"
          onClick={() => workbench.executions.stop()}
          disabled={isStopping}
          title={`Stop (${shownKeys('Shift+F5')})`}
          suppressHydrationWarning
        >
          {kind === 'starting' ? <span className="spinner" /> : <Icon name="stop" />}
          {kind === 'starting' ? 'Cancel' : isStopping ? 'Stopping' : 'Stop'}
        </button>
      ) : (
        <button
          type="button"
          id="run"
          className={isReady && canRun ? 'run-button' : 'run-button unready'}
          aria-disabled={!canRun}
          onClick={() => workbench.run()}
          title={
            !canRun
              ? whyNoRun
              : target === null
                ? 'There is no file that can be run'
                : `Run ${target.path} (${shownKeys('Mod+Enter')})`
          }
          suppressHydrationWarning
        >
          <Icon name="play" />
          Run
          {target === null ? null : <span className="run-target">{target.path}</span>}
        </button>
      )}
      <MenuButton
        align="end"
        trigger={
          <button type="button" className="run-more" aria-label="What Run starts">
            <Icon name="chevron-down" />
          </button>
        }
      >
        <RunMenu />
      </MenuButton>
    </div>
  )
}

function RunMenu() {
  const { files, server, runChoice, notices, dialogs, executions } = useWorkbench()
  const entries = useStore(files, (state) => state.entries)
  const languages = useStore(server, (state) => state.languages)
  const choice = useStore(runChoice)
  const runnable = runnableFiles(entries, languages).slice(0, mostFiles)
  const choices = [
    { value: followEditor, text: 'The open file', detail: 'or the project’s usual one' },
    ...runnable.map((path) => {
      const language = languageOf(path, languages)
      const missing = language?.available === false ? `${language.name}: ${language.reason ?? 'not ready'}` : undefined
      return { value: path, text: <span className="mono">{path}</span>, detail: missing }
    }),
  ]
  return (
    <>
      <MenuChoices
        label="Run starts"
        value={choice.pinned ?? followEditor}
        choices={choices}
        onChange={(value) => runChoice.setState({ pinned: value === followEditor ? null : value })}
      />
      <MenuLine />
      <MenuItem
        icon="edit"
        text="Arguments …"
        detail={choice.args === '' ? 'none' : choice.args}
        onClick={() => dialogs.show({ kind: 'arguments' })}
      />
      <MenuItem icon="clear-all" text="Clear the output" onClick={() => executions.clear()} />
      <MenuLine />
      <Menu.Group>
        <Menu.GroupLabel className="menu-label">Languages on this server</Menu.GroupLabel>
        {wantedFirst(languages).map((language) => (
          <MenuItem
            key={language.id}
            text={
              <span className={language.available ? 'language-row' : 'language-row missing'}>
                {language.name} {language.available ? <span className="quiet-text">{language.version}</span> : null}
              </span>
            }
            detail={language.available ? undefined : whyMissing(language)}
            onClick={() =>
              notices.info(
                language.available
                  ? `${language.name} ${language.version ?? ''} is ready. Files that end in ${language.extensions.join(', ')} can be run.`
                  : `${language.name}: ${whyMissing(language)}`,
              )
            }
          />
        ))}
      </Menu.Group>
    </>
  )
}
