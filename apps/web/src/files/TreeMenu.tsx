import { MenuItem, MenuLine } from '../design/Menus.tsx'
import { mayWrite } from '../projects/access.ts'
import { useWorkbench } from '../workbench/context.ts'
import { parentOf } from './tree.ts'

/** What can be done to a row of the tree, or to the top of the project where there is no row. */
export function TreeMenu({ path }: { readonly path: string | null }) {
  const workbench = useWorkbench()
  const kind = path === null ? 'folder' : workbench.files.getState().entries.get(path)?.kind
  const canWrite = mayWrite(workbench.access.getState())
  const folder = path === null ? '' : kind === 'folder' ? path : parentOf(path)
  if (!canWrite)
    return (
      <>
        {kind === 'file' && path !== null ? (
          <>
            <MenuItem icon="file" text="Open" onClick={() => void workbench.editing.open(path)} />
            <MenuItem icon="download" text="Download" onClick={() => workbench.download(path)} />
            <MenuItem icon="history" text="History …" onClick={() => workbench.showHistory('file', path)} />
            {workbench.keepsHistory ? (
              <MenuItem icon="history" text="History: play back" onClick={() => workbench.playBack(path)} />
            ) : null}
          </>
        ) : null}
        {path === null ? (
          <MenuItem text="You can only view this project" disabled onClick={() => {}} />
        ) : (
          <MenuItem icon="copy" text="Copy path" onClick={() => void navigator.clipboard?.writeText(path)} />
        )}
      </>
    )
  return (
    <>
      {kind === 'file' && path !== null ? (
        <MenuItem icon="file" text="Open" onClick={() => void workbench.editing.open(path)} />
      ) : null}
      <MenuItem icon="new-file" text="New file here" onClick={() => workbench.startNaming('new-file', folder)} />
      <MenuItem icon="new-folder" text="New folder here" onClick={() => workbench.startNaming('new-folder', folder)} />
      {path === null ? (
        <>
          <MenuItem icon="cloud-upload" text="Upload files" onClick={() => workbench.pickUploads(false)} />
          <MenuLine />
          <MenuItem icon="trash" text="Deleted files …" onClick={() => workbench.showHistory('deleted', null)} />
          <MenuItem icon="history" text="Snapshots …" onClick={() => workbench.showHistory('snapshots', null)} />
        </>
      ) : (
        <>
          <MenuLine />
          <MenuItem icon="edit" text="Rename" keys="F2" onClick={() => workbench.startRename(path)} />
          {kind === 'file' ? (
            <>
              <MenuItem icon="copy" text="Duplicate" onClick={() => void workbench.changes.duplicate(path)} />
              <MenuItem icon="download" text="Download" onClick={() => workbench.download(path)} />
              <MenuItem icon="history" text="History …" onClick={() => workbench.showHistory('file', path)} />
              {workbench.keepsHistory ? (
                <MenuItem icon="history" text="History: play back" onClick={() => workbench.playBack(path)} />
              ) : null}
            </>
          ) : null}
          <MenuItem icon="copy" text="Copy path" onClick={() => void navigator.clipboard?.writeText(path)} />
          <MenuLine />
          <MenuItem icon="trash" text="Delete" keys="Delete" danger onClick={() => void workbench.changes.remove(path)} />
        </>
      )}
    </>
  )
}
