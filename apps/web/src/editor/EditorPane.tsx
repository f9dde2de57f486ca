/** The middle of the page: tabs, and below them the text, or what is shown where there is no text. */
import { lazy, memo, Suspense, useState } from 'react'
import { useStore } from 'zustand'
import { shownKeys } from '../commands/keys.ts'
import { Boundary, BrokenPart } from '../design/Boundary.tsx'
import { Icon, Mark } from '../design/Icon.tsx'
import { ConflictBar } from '../documents/ConflictBar.tsx'
import { EndedBar } from '../documents/EndedBar.tsx'
import { nameOf } from '../files/tree.ts'
import { endingOf } from '../languages/editor-languages.ts'
import { useWorkbench } from '../workbench/context.ts'
import { Tabs } from './Tabs.tsx'
import './editor.css'

const FileView = lazy(() => import('../viewers/FileView.tsx'))
const SvgPicture = lazy(() => import('../viewers/SvgPicture.tsx'))

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
        {active !== null && state?.kind === 'text' && endingOf(active) === 'svg' ? (
          <PictureOfText key={active} path={active} />
        ) : null}
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
  if (state.kind === 'loading' || state.kind === 'asleep') return <Opening path={path} />
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
    <Boundary key={path} instead={<BrokenPart />}>
      <Suspense fallback={<Opening path={path} />}>
        <FileView path={path} state={state} />
      </Suspense>
    </Boundary>
  )
}

const Opening = ({ path }: { readonly path: string }) => (
  <div className="placeholder" aria-live="polite">
    <span className="spinner" /> Opening {nameOf(path)} …
  </div>
)

/** SVG is text; whoever wants to see it asks. */
function PictureOfText({ path }: { readonly path: string }) {
  const [isShown, setIsShown] = useState(false)
  return (
    <>
      {isShown ? (
        <Boundary instead={<BrokenPart />}>
          <Suspense fallback={<Opening path={path} />}>
            <SvgPicture path={path} />
          </Suspense>
        </Boundary>
      ) : null}
      <button type="button" className="button quiet picture-switch" aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
        <Icon name={isShown ? 'edit' : 'eye'} /> {isShown ? 'Text' : 'Picture'}
      </button>
    </>
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
