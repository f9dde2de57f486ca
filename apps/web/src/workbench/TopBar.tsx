/** The top of the page: the project, Run in the middle, people and help at the right. */
import { useStore } from 'zustand'
import { AccountMenu } from '../accounts/AccountMenu.tsx'
import { type ThemeChoice, themeChoices } from '../appearance/appearance.ts'
import { shownKeys } from '../commands/keys.ts'
import { Icon, IconButton, Mark } from '../design/Icon.tsx'
import { MenuButton, MenuChoices } from '../design/Menus.tsx'
import { RunButton } from '../executions/RunButton.tsx'
import { PeopleButton } from '../people/PeopleButton.tsx'
import { ProjectMenu } from '../projects/ProjectMenu.tsx'
import { ViewOnlyBadge } from '../projects/ViewOnlyBadge.tsx'
import { VisibilityMark } from '../projects/VisibilityMark.tsx'
import { useWorkbench } from './context.ts'

export function TopBar() {
  const { dialogs } = useWorkbench()
  return (
    <header className="top-bar">
      <div className="top-left">
        <Mark />
        <span className="brand">Atelier</span>
        <ProjectMenu />
        <VisibilityMark />
        <ViewOnlyBadge />
      </div>
      <RunButton />
      <div className="top-right">
        <button
          type="button"
          className="search-pill"
          onClick={() => dialogs.show({ kind: 'palette', mode: 'files' })}
          aria-label="Go to file or command"
        >
          <Icon name="search" />
          <span>Go to file or command</span>
          <kbd suppressHydrationWarning>{shownKeys('Mod+P')}</kbd>
        </button>
        <PeopleButton />
        <button
          type="button"
          className="button share-button"
          aria-label="Share"
          title="Share this project"
          onClick={() => dialogs.show({ kind: 'share' })}
        >
          <Icon name="share" />
          <span>Share</span>
        </button>
        <AccountMenu />
        <ThemeMenu />
        <IconButton
          icon="question"
          label="Keyboard shortcuts"
          keys={shownKeys('Shift+F1')}
          suppressHydrationWarning
          onClick={() => dialogs.show({ kind: 'shortcuts' })}
        />
      </div>
    </header>
  )
}

const themeTexts: Readonly<Record<ThemeChoice, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
}

function ThemeMenu() {
  const { appearance } = useWorkbench()
  const choice = useStore(appearance.store, (state) => state.choice)
  return (
    <MenuButton align="end" trigger={<IconButton icon="theme" label="Theme" />}>
      <MenuChoices
        label="Theme"
        value={choice}
        choices={themeChoices.map((value) => ({ value, text: themeTexts[value] }))}
        onChange={(value) => appearance.choose(value)}
      />
    </MenuButton>
  )
}
