import { Icon } from '../design/Icon.tsx'
import { fileAddress } from '../documents/loading.ts'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'

export function DownloadLink({ path }: { readonly path: string }) {
  const { projectId } = useWorkbench()
  return (
    <a className="button" href={fileAddress(projectId, path)} download={nameOf(path)}>
      <Icon name="download" /> Download
    </a>
  )
}
