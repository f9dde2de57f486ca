/** Says in the top bar when others than the members may see the project. */
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'

export function VisibilityMark() {
  const { dialogs, projects } = useWorkbench()
  const visibility = useStore(projects.store, (state) => state.current.visibility)
  if (visibility === 'private') return null
  const text = visibility === 'public' ? 'Public' : 'Unlisted'
  const detail =
    visibility === 'public' ? 'Everybody can see and run this project' : 'Whoever has the address can see and run this project'
  return (
    <button
      type="button"
      className="visibility-mark"
      aria-label={`${text}: ${detail}`}
      title={detail}
      onClick={() => dialogs.show({ kind: 'share' })}
    >
      <Icon name={visibility === 'public' ? 'globe' : 'link'} />
      <span>{text}</span>
    </button>
  )
}
