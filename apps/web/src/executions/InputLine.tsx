/** Answers the program: a line with Enter; arrows bring back earlier lines; Ctrl+D ends the input, Ctrl+C interrupts. */
import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'

const mostLines = 100

export function InputLine() {
  const workbench = useWorkbench()
  const { executions, surface, dialogs } = workbench
  const state = useStore(executions.store)
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const history = useRef<string[]>([])
  const at = useRef(0)
  const isRunning = state.kind === 'running' && state.stage !== 'compile'
  const isOpen = isRunning && !state.inputClosed
  const waiting = state.kind === 'running' && state.waiting && isOpen
  const startedAtMs = state.kind === 'running' ? state.startedAtMs : 0

  // The program asks: the keys go to it, unless the person is writing code meanwhile.
  useEffect(() => {
    if (!waiting || dialogs.store.getState().dialog !== null) return
    const focused = document.activeElement
    const isTypingElsewhere = focused instanceof HTMLInputElement && focused !== input.current
    if (isTypingElsewhere || (surface.current.hasFocus() && workbench.lastEditMs() > startedAtMs)) return
    input.current?.focus({ preventScroll: true })
  }, [waiting, dialogs, surface, workbench, startedAtMs])

  const hadFocus = useRef(false)
  useEffect(() => {
    if (isRunning) return
    setText('')
    // Back to the code when the program is done, if the keys were still with it.
    if (hadFocus.current && (document.activeElement === document.body || document.activeElement === input.current)) {
      if (matchMedia('(min-width: 720px)').matches) surface.current.focus()
    }
    hadFocus.current = false
  }, [isRunning, surface])

  const sendLine = (): void => {
    if (text !== '' && history.current.at(-1) !== text) history.current = [...history.current, text].slice(-mostLines)
    at.current = history.current.length
    executions.sendLine(text)
    setText('')
  }
  const recall = (by: number): void => {
    at.current = Math.min(history.current.length, Math.max(0, at.current + by))
    setText(history.current[at.current] ?? '')
  }
  return (
    <form
      className="input-line"
      data-waiting={waiting}
      hidden={!isRunning}
      onSubmit={(event) => {
        event.preventDefault()
        if (isOpen) sendLine()
      }}
    >
      <span className="input-sign" aria-hidden="true">
        ›
      </span>
      <input
        ref={input}
        className="input-text"
        value={text}
        disabled={!isOpen}
        data-pane-focus={isRunning ? 'output' : undefined}
        aria-label="Input for the program"
        placeholder={
          state.kind === 'running' && state.inputClosed
            ? 'The input is closed'
            : waiting
              ? 'Type an answer, press Enter'
              : 'Input for the program'
        }
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onFocus={() => {
          hadFocus.current = true
        }}
        onBlur={(event) => {
          if (event.relatedTarget !== null) hadFocus.current = false
        }}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          const isSelecting = event.currentTarget.selectionStart !== event.currentTarget.selectionEnd
          if (event.ctrlKey && event.key === 'd') executions.endInput()
          else if (event.ctrlKey && event.key === 'c' && !isSelecting) executions.interrupt()
          else if (event.key === 'ArrowUp') recall(-1)
          else if (event.key === 'ArrowDown') recall(1)
          else return
          event.preventDefault()
        }}
      />
      <button type="submit" className="icon-button" disabled={!isOpen} aria-label="Send" title="Send (Enter)">
        <Icon name="send" />
      </button>
      <button
        type="button"
        className="input-key"
        disabled={!isOpen}
        title="End of input (Ctrl+D)"
        onClick={() => executions.endInput()}
      >
        Ctrl+D
      </button>
      <button type="button" className="input-key" title="Interrupt (Ctrl+C)" onClick={() => executions.interrupt()}>
        Ctrl+C
      </button>
    </form>
  )
}
