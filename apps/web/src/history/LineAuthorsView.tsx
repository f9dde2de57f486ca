/** Who wrote each line of what the file has now. */
import type { LineAuthors } from '@atelier/protocol/history'
import { useEffect, useState } from 'react'
import { messageOf } from '../connection/api.ts'
import type { HistoryRequests } from './history-requests.ts'
import { momentText, nobody, textOfBytes } from './version-text.ts'

/** More lines than this make a page slow; nobody reads them in a dialog. */
const shownLines = 5000

type Loaded = { readonly authors: LineAuthors; readonly lines: readonly string[] }

export function LineAuthorsView({ path, requests }: { readonly path: string; readonly requests: HistoryRequests }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    const load = async (): Promise<void> => {
      const authors = await requests.lineAuthors(path)
      const text = textOfBytes(await requests.bytes({ path }, authors.version))
      if (!gone) setLoaded({ authors, lines: (text ?? '').split(/\r\n?|\n/) })
    }
    load().catch((error: unknown) => {
      if (!gone) setProblem(messageOf(error))
    })
    return () => {
      gone = true
    }
  }, [path, requests])
  if (problem !== null) return <p className="error-text">{problem}</p>
  if (loaded === null)
    return (
      <div className="diff-host history-wait">
        <span className="spinner" />
      </div>
    )
  const nowMs = Date.now()
  let from = 0
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to
    <section className="line-authors" aria-label="Who wrote each line" tabIndex={0}>
      {loaded.authors.runs.map(({ lines, version, author, at }) => {
        const first = from
        from += lines
        // After the last line end there is a line without anything, which nobody wrote.
        const isLastEnd = first === loaded.lines.length - 1 && loaded.lines[first] === ''
        if (first >= shownLines || (isLastEnd && first > 0)) return null
        return (
          <div className="line-run" key={first}>
            <span className="line-author">
              <bdi>{author?.name ?? nobody(version)}</bdi>
              <small>{at === null ? 'before what is kept' : momentText(at, nowMs)}</small>
            </span>
            <pre>{loaded.lines.slice(first, Math.min(first + lines, shownLines)).join('\n') || ' '}</pre>
          </div>
        )
      })}
      {from > shownLines ? <p className="history-hint">{from - shownLines} more lines are not shown.</p> : null}
    </section>
  )
}
