/** While somebody is followed: a frame in their colour around the page, and their name on it. */
import { useStore } from 'zustand'
import { useWorkbench } from '../workbench/context.ts'

export function FollowFrame() {
  const { people } = useWorkbench()
  const state = useStore(people.follow)
  return (
    <div className="follow-layer" role="status">
      {state.kind === 'following' ? (
        <div className="follow-frame" style={{ borderColor: state.color }}>
          <button
            type="button"
            className="follow-label"
            style={{ background: state.color }}
            onClick={() => people.happened({ type: 'acted' })}
          >
            Following <bdi>{state.name}</bdi>
            <kbd>Esc</kbd>
            <span className="visually-hidden">stops it</span>
          </button>
        </div>
      ) : null}
    </div>
  )
}
