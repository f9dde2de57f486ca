/** The player: the text of a moment, who typed when, a slider over the document's life, and what can be done with a moment. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { Icon, IconButton } from '../design/Icon.tsx'
import { coloursOf } from '../people/colours.ts'
import { mayWrite } from '../projects/access.ts'
import { copyText } from '../sharing/copy-text.ts'
import { useWorkbench } from '../workbench/context.ts'
import type { Caret, FilmView, Moment } from './film-view.ts'
import { caretAt, type History, nobody } from './history.ts'
import { browserFrames, createPlayer, type Speed, speeds } from './player.ts'
import { restoreMoment } from './restore-moment.ts'
import { timelineOf, whoWhen } from './timeline.ts'
import { WhoWhen } from './WhoWhen.tsx'

const stripParts = 240
const mostNames = 8

export function FilmPlayer({ history, path }: { readonly history: History; readonly path: string }) {
  const workbench = useWorkbench()
  const { access, appearance, dialogs, documents, notices, people } = workbench
  const timeline = useMemo(() => timelineOf(history), [history])
  const player = useMemo(() => createPlayer(timeline, browserFrames), [timeline])
  const colours = useMemo(() => coloursOfHistory(history, people), [history, people])
  const parts = useMemo(() => whoWhen(history, timeline, stripParts), [history, timeline])
  const { filmMs, isPlaying, speed } = useStore(player.store)
  const canWrite = useStore(access, mayWrite)
  const step = timeline.stepAt(filmMs)
  const steps = history.timesMs.length
  const caret = useMemo(() => caretOf(history, step), [history, step])
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<FilmView | null>(null)
  const shown = useRef<Moment | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [ready, setReady] = useState(false)

  useEffect(() => {
    let gone = false
    const start = async (): Promise<void> => {
      const { createFilmView } = await import('./film-view.ts')
      if (gone || host.current === null) return
      const state = documents.getState().open[path]
      const language = state?.kind === 'text' ? state.language : 'plaintext'
      view.current = createFilmView(host.current, language, appearance.store.getState().theme)
      setReady(true)
    }
    start().catch((error: unknown) => setProblem(messageOf(error)))
    return () => {
      gone = true
      player.close()
      view.current?.dispose()
      view.current = null
    }
  }, [appearance, documents, path, player])
  useEffect(() => {
    if (!ready || view.current === null) return
    shown.current = momentOf(history, step)
    view.current.show(shown.current, caret)
  }, [ready, history, step, caret])

  const atMs = step === 0 ? history.startMs : (history.timesMs[step - 1] ?? history.startMs)
  const who = caret?.name ?? null
  const copy = async (): Promise<void> => {
    const text = shown.current?.text ?? ''
    notices.info(
      (await copyText(text)) ? 'The text of this moment is on the clipboard.' : 'This browser does not let the page copy.',
    )
  }
  const restore = async (): Promise<void> => {
    player.pause()
    const done = await restoreMoment(workbench, path, shown.current?.text ?? '')
    if (!done) return setProblem('The file could not be opened, so nothing was changed. Close this and open it first.')
    dialogs.close()
    notices.info(`“${path}” is as it was on ${timeOf(atMs)}. Undo brings the newer text back.`)
  }
  return (
    <>
      <div className="playback-head">
        <ul className="playback-people" aria-label="Who typed">
          {history.people.slice(0, mostNames).map((person, at) => (
            <li key={person.userId ?? person.name} data-now={at + 1 === caret?.number}>
              <span className="person-dot" style={{ background: colours[at] }} />
              <bdi>{person.name}</bdi>
            </li>
          ))}
          {history.people.length > mostNames ? <li>and {history.people.length - mostNames} more</li> : null}
        </ul>
        {problem === null ? null : (
          <p className="error-text" role="alert">
            {problem}
          </p>
        )}
      </div>
      <div
        className="diff-host playback-host"
        ref={host}
        style={Object.fromEntries(colours.slice(0, 12).map((color, at) => [`--by-${at + 1}`, color]))}
      >
        {ready || problem !== null ? null : <span className="spinner" />}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the space bar is a short way to the button inside */}
      <div
        className="playback-controls"
        onKeyDown={(event) => {
          if (event.key !== ' ' || event.target instanceof HTMLButtonElement) return
          event.preventDefault()
          if (isPlaying) player.pause()
          else player.play()
        }}
      >
        <WhoWhen parts={parts} colours={colours} />
        <input
          className="playback-slider"
          type="range"
          min={0}
          max={Math.ceil(timeline.lengthMs)}
          step="any"
          value={filmMs}
          aria-label="Place in the history"
          aria-valuetext={`${timeOf(atMs)}, step ${step} of ${steps}`}
          onChange={(event) => {
            player.pause()
            player.seek(Number(event.target.value))
          }}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key]
            if (by === undefined) return
            event.preventDefault()
            player.step(by === 1 ? 1 : -1)
          }}
        />
        <div className="playback-buttons">
          <button
            type="button"
            className="button primary play-button"
            onClick={() => (isPlaying ? player.pause() : player.play())}
          >
            <Icon name={isPlaying ? 'pause' : 'play'} />
            {isPlaying ? 'Pause' : 'Play'}
          </button>
          <IconButton icon="chevron-left" label="One step back" disabled={step === 0} onClick={() => player.step(-1)} />
          <IconButton icon="chevron-right" label="One step on" disabled={step === steps} onClick={() => player.step(1)} />
          <label className="playback-speed">
            <span className="visually-hidden">Speed</span>
            <select
              className="input"
              value={speed}
              onChange={(event) =>
                player.setSpeed((speeds.find((each) => each === Number(event.target.value)) ?? 1) satisfies Speed)
              }
            >
              {speeds.map((each) => (
                <option key={each} value={each}>
                  {each} ×
                </option>
              ))}
            </select>
          </label>
          <p className="playback-time figures">
            {timeOf(atMs)}
            <small>
              Step {step.toLocaleString('en')} of {steps.toLocaleString('en')}
              {who === null ? '' : ` · ${who}`}
            </small>
          </p>
          <span className="head-space" />
          <button type="button" className="button" onClick={() => void copy()}>
            <Icon name="copy" /> Copy text of this moment
          </button>
          <button
            type="button"
            className="button"
            disabled={!canWrite || step === steps}
            title={canWrite ? 'An ordinary change: undo takes it back' : 'You can view this project, not change it'}
            onClick={() => void restore()}
          >
            <Icon name="restore" /> Restore this moment
          </button>
        </div>
      </div>
    </>
  )
}

function momentOf({ playback, numberOf }: History, step: number): Moment {
  playback.seek(step)
  return { text: playback.text, runs: playback.runs.map(({ units, author }) => ({ units, number: numberOf(author) })) }
}

/** Where the latest change ended, with the name of whoever made it. */
function caretOf(history: History, step: number): Caret | null {
  const place = caretAt(history, step)
  return place === null
    ? null
    : { ...place, name: place.number === nobody ? null : (history.people[place.number - 1]?.name ?? null) }
}

/** By number, without the 0 of nobody. Who is here has the colour that they have everywhere. */
function coloursOfHistory({ people: authors }: History, people: ReturnType<typeof useWorkbench>['people']): readonly string[] {
  const known = new Map(people.store.getState().persons.map(({ userId, color }) => [userId, color]))
  const idOf = ({ userId, name }: History['people'][number]): string => userId ?? name
  const found = coloursOf(authors.map(idOf), known)
  return authors.map((person) => found.get(idOf(person)) ?? '')
}

const timeOf = (ms: number): string =>
  new Date(ms).toLocaleString('en', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  })
