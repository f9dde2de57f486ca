/** The project's name, and behind it the way to the others. */

import { Menu } from '@base-ui/react/menu'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { Icon } from '../design/Icon.tsx'
import { MenuButton, MenuItem, MenuLine } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { projectAddress } from './projects.ts'

const mostShown = 8

export function ProjectMenu() {
  const workbench = useWorkbench()
  const { projects, dialogs, notices } = workbench
  const { current, all } = useStore(projects.store)
  const others = all?.filter((project) => project.id !== current.id).slice(0, mostShown) ?? null
  return (
    <MenuButton
      onOpenChange={(open) => {
        if (open) projects.refresh().catch((error: unknown) => notices.error(messageOf(error)))
      }}
      trigger={
        <button type="button" className="project-button" aria-label={`Project ${current.name}`}>
          <span className="project-name">{current.name}</span>
          <Icon name="chevron-down" />
        </button>
      }
    >
      {current.role === 'owner' ? (
        <MenuItem icon="edit" text="Rename this project" onClick={() => dialogs.show({ kind: 'projects', rename: current.id })} />
      ) : null}
      <MenuItem
        icon="share"
        text="Share"
        detail={current.role === 'owner' ? 'Links, people' : 'Who is in it, leave'}
        onClick={() => dialogs.show({ kind: 'share' })}
      />
      {current.isMember ? (
        <MenuItem
          icon="source-control"
          text="Source control"
          detail="Commits, branches, git"
          onClick={() => dialogs.show({ kind: 'git' })}
        />
      ) : null}
      <MenuItem
        icon="add"
        text="New project"
        detail="Empty, a template, or from Git"
        onClick={() => dialogs.show({ kind: 'new-project' })}
      />
      <MenuItem icon="download" text="Download as a zip file" onClick={() => workbench.archive('download')} />
      {current.role === 'viewer' ? null : (
        <MenuItem
          icon="cloud-upload"
          text="Import a zip file"
          detail="Into this project"
          onClick={() => workbench.archive('import')}
        />
      )}
      <MenuLine />
      <Menu.Group>
        <Menu.GroupLabel className="menu-label">Other projects</Menu.GroupLabel>
        {others === null ? <div className="menu-item">Loading …</div> : null}
        {others?.length === 0 ? <div className="menu-item quiet-text">This is the only one.</div> : null}
        {others?.map((project) => (
          <MenuItem
            key={project.id}
            icon="folder"
            text={<span className="project-name">{project.name}</span>}
            onClick={() => location.assign(projectAddress(project.id))}
          />
        ))}
      </Menu.Group>
      <MenuLine />
      <MenuItem
        icon="files"
        text="All projects"
        detail="Open, rename, delete"
        onClick={() => dialogs.show({ kind: 'projects' })}
      />
    </MenuButton>
  )
}
