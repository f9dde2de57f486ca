/** What to write into other pages: a frame with the program, its oEmbed address, a badge. Shown as it will look. */
import type { OEmbed } from '@atelier/protocol/embeds'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { ApiProblem, messageOf } from '../connection/api.ts'
import { useWorkbench } from '../workbench/context.ts'
import { CopyField } from './CopyField.tsx'
import { type EmbedChoice, embedCodes } from './embed-codes.ts'

const usual: EmbedChoice = { theme: 'auto', clickToLoad: false, run: false, file: null }

export default function EmbedPart() {
  const { connection, projects, projectId, editing } = useWorkbench()
  const { name, visibility } = useStore(projects.store, (state) => state.current)
  const [choice, setChoice] = useState(usual)
  const [problem, setProblem] = useState<string | null>(null)
  const [isThere, setIsThere] = useState(false)
  useEffect(() => {
    setProblem(null)
    setIsThere(false)
    const address = encodeURIComponent(`${location.origin}/embed/${projectId}`)
    void editing.saveAll().then(() =>
      connection.api
        .json<OEmbed>(`/oembed?url=${address}`)
        .then(() => setIsThere(true))
        .catch((error: unknown) => setProblem(sentenceOf(error, visibility))),
    )
  }, [connection, projectId, editing, visibility])
  if (problem !== null) return <p className="quiet-text embed-off">{problem}</p>
  if (!isThere) return <span className="spinner" />
  const codes = embedCodes(location.origin, projectId, name, choice)
  return (
    <section className="share-part embed-part" aria-label="Embed">
      <div className="embed-choices">
        <label className="field">
          <span>Colours</span>
          <select
            className="input"
            value={choice.theme}
            onChange={(event) => setChoice({ ...choice, theme: event.target.value as EmbedChoice['theme'] })}
          >
            <option value="auto">as the reader’s system</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
        <label className="embed-check">
          <input
            type="checkbox"
            checked={choice.clickToLoad}
            onChange={(event) => setChoice({ ...choice, clickToLoad: event.target.checked })}
          />
          Load on a click
        </label>
        <label className="embed-check">
          <input type="checkbox" checked={choice.run} onChange={(event) => setChoice({ ...choice, run: event.target.checked })} />
          Run at once
        </label>
      </div>
      <CopyField label="Frame for a page (HTML)" text={codes.frame} />
      <CopyField label="Badge (Markdown)" text={codes.badge} />
      <CopyField label="Badge (HTML)" text={codes.badgeHtml} />
      <CopyField label="Address for blogs and chats that know oEmbed" text={codes.address} />
      <iframe className="embed-preview" title="How the embed looks" src={codes.preview} />
    </section>
  )
}

const sentenceOf = (error: unknown, visibility: string): string => {
  if (!(error instanceof ApiProblem) || error.status !== 404) return messageOf(error)
  return visibility === 'private'
    ? 'This project is private. Make it unlisted or public first (under People): whoever sees the page where it is embedded can then read and run it, and nobody can change it.'
    : 'Whoever hosts this server does not allow embeds.'
}
