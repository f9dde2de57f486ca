/** The middle of the page: tabs, and below them the text, or what is shown where there is no text. */
import { memo } from 'react'
import { useStore } from 'zustand'
import { shownKeys } from '../commands/keys.ts'
import { sizeText } from '../design/amounts.ts'
import { Icon, Mark } from '../design/Icon.tsx'
import { ConflictBar } from '../documents/ConflictBar.tsx'
import { EndedBar } from '../documents/EndedBar.tsx'
import { fileAddress } from '../documents/loading.ts'
import { nameOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'
import { ImageView } from './ImageView.tsx'
import { Tabs } from './Tabs.tsx'
import './editor.css'

export function EditorPane({ firstText }: { readonly firstText: string | null }) {
  const workbench = useWorkbench()
  const active = useStore(workbench.documents, (state) => state.active)
  const state = useStore(workbench.documents, ({ open, active: path }) => (path === null ? undefined : open[path]))
  return (
    <section className="editor-pane sheet" data-pane="editor" aria-label="Editor">
      <Tabs />
      {active !== null && state?.kind === 'text' && state.save.kind === 'conflict' ? (
        <ConflictBar path={active} theirVersion={state.save.theirVersion} />
      ) : null}
      {active !== null && state?.kind === 'text' && state.live?.kind === 'ended' ? (
        <EndedBar path={active} state={state.live} />
      ) : null}
      {active !== null && state?.kind === 'text' && state.save.kind === 'refused' ? (
        <div className="bar danger" role="alert">
          <Icon name="error" />
          <p>
            <strong>Not saved.</strong> {state.save.detail}
          </p>
        </div>
      ) : null}
      <div id="editor-body" className="editor-body" role="tabpanel" aria-label={active ?? 'No file is open'}>
        <SurfaceHost firstText={firstText} hidden={state?.kind !== 'text'} label={active ?? ''} />
        {active === null ? <NothingOpen /> : state === undefined || state.kind === 'text' ? null : <NoText path={active} />}
      </div>
    </section>
  )
}

/**
 * The textarea is written by hand, not by React: React would put back its own idea of the value and lose what was typed before
 * the scripts came. Nothing here changes after the first render, so React leaves it alone.
 */
const SurfaceHost = memo(
  function SurfaceHost({
    firstText,
    hidden,
    label,
  }: {
    readonly firstText: string | null
    readonly hidden: boolean
    readonly label: string
  }) {
    return (
      <div className={hidden ? 'surface hidden' : 'surface'}>
        <div
          className="surface-plain"
          suppressHydrationWarning
          // biome-ignore lint/security/noDangerouslySetInnerHtml: the text is escaped right here
          dangerouslySetInnerHTML={{ __html: firstText === null ? '' : textareaHtml(firstText, label) }}
        />
        <div className="surface-editor" />
      </div>
    )
  },
  (before, after) => before.hidden === after.hidden,
)

/** A line feed right after the tag is dropped by the HTML parser: one of ours is put there, so that none of the text's is. */
const textareaHtml = (text: string, label: string): string =>
  `<textarea id="first-text" class="plain-text" aria-label="Text of ${escapeHtml(label)}" autofocus wrap="off" spellcheck="false" autocomplete="off" autocapitalize="off">\n${escapeHtml(text)}</textarea>`

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

function NoText({ path }: { readonly path: string }) {
  const workbench = useWorkbench()
  const state = useStore(workbench.documents, ({ open }) => open[path])
  if (state === undefined || state.kind === 'text') return null
  if (state.kind === 'loading' || state.kind === 'asleep')
    return (
      <div className="placeholder" aria-live="polite">
        <span className="spinner" /> Opening {nameOf(path)} …
      </div>
    )
  if (state.kind === 'image')
    return <ImageView projectId={workbench.projectId} path={path} sizeBytes={state.sizeBytes} version={state.version} />
  if (state.kind === 'failed')
    return (
      <div className="placeholder">
        <Icon name="error" />
        <h2>{nameOf(path)} could not be opened</h2>
        <p>{state.detail}</p>
        <button type="button" className="button" onClick={() => void workbench.editing.open(path)}>
          Try again
        </button>
      </div>
    )
  return (
    <div className="placeholder">
      <Icon name="binary" />
      <h2>{state.kind === 'binary' ? 'This file is not text' : 'This file is too large to edit here'}</h2>
      <p>
        {nameOf(path)} · {sizeText(state.sizeBytes)}
      </p>
      <a className="button" href={fileAddress(workbench.projectId, path)} download={nameOf(path)}>
        <Icon name="download" /> Download
      </a>
    </div>
  )
}

function NothingOpen() {
  const workbench = useWorkbench()
  const hints = [
    ['Go to file', 'Mod+P'],
    ['All commands', 'Mod+Shift+P'],
    ['Run', 'Mod+Enter'],
    ['Files', 'Mod+B'],
  ] as const
  return (
    <div className="placeholder">
      <Mark />
      <h2>No file is open</h2>
      <dl className="hints">
        {hints.map(([text, keys]) => (
          <div key={keys}>
            <dt>{text}</dt>
            <dd>
              <kbd suppressHydrationWarning>{shownKeys(keys)}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={() => workbench.dialogs.show({ kind: 'palette', mode: 'files' })}>
        Open a file
      </button>
    </div>
  )
}
