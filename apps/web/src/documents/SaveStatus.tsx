/** Whether the server has what is on the screen. Pressing it saves. */
import { useStore } from 'zustand'
import { Icon, type IconName } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import type { LiveState } from './live-state.ts'
import type { SaveState } from './save-state.ts'

export function SaveStatus() {
  const workbench = useWorkbench()
  const state = useStore(workbench.documents, ({ active, open }) => {
    const document = active === null ? undefined : open[active]
    return document?.kind === 'text' ? (document.live ?? document.save) : null
  })
  const keepsDrafts = useStore(workbench.documents, (store) => store.keepsDrafts)
  if (state === null) return null
  const [icon, text, title] = sayState(state, keepsDrafts)
  return (
    <button type="button" className="status-item" data-save={state.kind} title={title} onClick={() => void workbench.save()}>
      <Icon name={icon} />
      <span className="status-text" role="status">
        {text}
      </span>
    </button>
  )
}

function sayState(state: SaveState | LiveState, keepsDrafts: boolean): readonly [IconName, string, string] {
  switch (state.kind) {
    case 'opening':
      return ['cloud', 'Opening …', 'The text is shown; what others type comes in a moment']
    case 'read-only':
      return ['eye', 'Read only', state.reason]
    case 'ended':
      return state.isSaved
        ? ['warning', 'Not in the project', state.end.detail]
        : ['warning', 'Not saved: leave this tab open', state.end.detail]
    case 'saved':
      return ['check', 'Saved', 'The server has everything, on disk']
    case 'unsaved':
      return ['edit', 'Unsaved changes', 'Press to save now']
    case 'saving':
      return ['cloud-upload', 'Saving …', 'On its way to the server']
    case 'offline':
      if ('kept' in state) return sayOffline(state)
      return keepsDrafts
        ? [
            'cloud',
            'Offline, kept on this device',
            state.detail ?? 'The server does not answer. Your text is kept in this browser and saved when it is back.',
          ]
        : [
            'warning',
            'Offline, not kept: leave this tab open',
            'The server does not answer and this browser does not keep drafts. Do not close this tab.',
          ]
    case 'conflict':
      return ['warning', 'Changed elsewhere', 'Choose in the bar above the editor']
    case 'refused':
      return ['error', 'Not saved', state.detail]
  }
}

function sayOffline({ kept, detail }: Extract<LiveState, { kind: 'offline' }>): readonly [IconName, string, string] {
  const why = detail ?? 'The server does not answer.'
  const what = detail === null ? 'Offline' : 'Not saved'
  if (kept === 'kept')
    return [
      'cloud',
      `${what}, kept on this device`,
      `${why} Your text is kept in this browser, and put together with what others write when it is back.`,
    ]
  return kept === 'failed'
    ? [
        'warning',
        `${what}, not kept: leave this tab open`,
        `${why} This browser does not keep what you type. Do not close this tab.`,
      ]
    : ['cloud-upload', `${what}, keeping …`, why]
}
