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
        ) : (
          <DownloadFolder path={path} />
        )}
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
          <UploadHere folder="" />
          <MenuLine />
          <DownloadFolder path={null} />
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
          ) : (
            <>
              <UploadHere folder={path} />
              <DownloadFolder path={path} />
            </>
          )}
          <MenuItem icon="copy" text="Copy path" onClick={() => void navigator.clipboard?.writeText(path)} />
          <MenuLine />
          <MenuItem icon="trash" text="Delete" keys="Delete" danger onClick={() => void workbench.changes.remove(path)} />
        </>
      )}
    </>
  )
}

function UploadHere({ folder }: { readonly folder: string }) {
  const workbench = useWorkbench()
  return (
    <>
      <MenuItem icon="cloud-upload" text="Upload files …" onClick={() => workbench.pickUploads(false, folder)} />
      <MenuItem icon="cloud-upload" text="Upload a folder …" onClick={() => workbench.pickUploads(true, folder)} />
    </>
  )
}

function DownloadFolder({ path }: { readonly path: string | null }) {
  const workbench = useWorkbench()
  return path === null ? (
    <MenuItem icon="download" text="Download the project as a zip file" onClick={() => workbench.archive('download')} />
  ) : (
    <MenuItem icon="download" text="Download as a zip file" onClick={() => workbench.download(path)} />
  )
}
