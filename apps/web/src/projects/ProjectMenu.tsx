/** The project's name, and behind it the way to the others. */

import { Menu } from '@base-ui/react/menu'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { Icon } from '../design/Icon.tsx'
import { MenuButton, MenuItem, MenuLine } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { openFork } from './fork-project.ts'
import { projectAddress } from './projects.ts'

const mostShown = 8

function ForkedFrom({ origin }: { readonly origin: { readonly id: string; readonly name: string } | null }) {
  if (origin === null) return <div className="menu-item quiet-text">Forked from a project you cannot see</div>
  return (
    <MenuItem
      icon="fork"
      text={<span className="project-name">Forked from {origin.name}</span>}
      onClick={() => location.assign(projectAddress(origin.id))}
    />
  )
}

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
      {current.forkOf === null ? null : <ForkedFrom origin={current.forkOf.origin} />}
      {current.role === 'owner' ? (
        <MenuItem icon="edit" text="Rename this project" onClick={() => dialogs.show({ kind: 'projects', rename: current.id })} />
      ) : null}
      <MenuItem
        icon="share"
        text="Share"
        detail={current.role === 'owner' ? 'Links, people' : 'Who is in it, leave'}
        onClick={() => dialogs.show({ kind: 'share' })}
      />
      <MenuItem
        icon="fork"
        text="Fork this project"
        detail="One of your own with these files"
        onClick={() => void openFork(workbench)}
      />
      {current.role === 'owner' ? (
        <MenuItem
          icon="class"
          text="Class"
          detail="Hand it out, see what students do"
          onClick={() => dialogs.show({ kind: 'class' })}
        />
      ) : null}
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
        detail="Empty or from a template"
        onClick={() => dialogs.show({ kind: 'new-project' })}
      />
      <MenuItem
        icon="source-control"
        text="New project from Git"
        detail="An address, or a bundle"
        onClick={() => dialogs.show({ kind: 'git-import' })}
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
