/** Who may see the project without being let in. The owner chooses; others are told. */
import type { Visibility } from '@atelier/protocol/projects'
import { useState } from 'react'
import { useStore } from 'zustand'
import { messageOf } from '../connection/api.ts'
import { useWorkbench } from '../workbench/context.ts'

const choices: readonly { readonly value: Visibility; readonly name: string; readonly sentence: string }[] = [
  { value: 'private', name: 'Private', sentence: 'Only people whom you let in see it.' },
  {
    value: 'unlisted',
    name: 'Unlisted',
    sentence: 'Whoever has its address can read, run and fork it. It is listed nowhere. Its history stays with its members.',
  },
  {
    value: 'public',
    name: 'Public',
    sentence: 'Everybody can read, run and fork it, and it may be listed. Its history stays with its members.',
  },
]

export function VisibilityChoice() {
  const { access, projects } = useWorkbench()
  const current = useStore(projects.store, (state) => state.current)
  const [asked, setAsked] = useState<Visibility | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const shown = asked ?? current.visibility
  if (current.role !== 'owner') {
    const choice = choices.find(({ value }) => value === current.visibility)
    return current.visibility === 'private' ? null : (
      <p className="quiet-text">
        This project is {choice?.name.toLowerCase()}: {choice?.sentence}
      </p>
    )
  }
  const choose = async (visibility: Visibility): Promise<void> => {
    setAsked(visibility)
    setProblem(null)
    try {
      await projects.show(visibility)
      access.setState({ isOpen: visibility !== 'private' })
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setAsked(null)
    }
  }
  return (
    <section className="share-part" aria-labelledby="share-visibility">
      <h3 id="share-visibility">Who can see it</h3>
      <fieldset className="visibility-choices" aria-labelledby="share-visibility" disabled={asked !== null}>
        {choices.map(({ value, name, sentence }) => (
          <label key={value} className="visibility-choice" data-chosen={value === shown}>
            <input type="radio" name="visibility" value={value} checked={value === shown} onChange={() => void choose(value)} />
            <span className="share-text">
              <strong>{name}</strong>
              <small>{sentence}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {problem === null ? null : (
        <p className="error-text" role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}
