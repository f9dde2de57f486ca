/** How the run stands or ended: in words first, figures after. */
import type { ExecutionResult } from '@atelier/protocol/executions'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { sizeText, timeText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { Artefacts } from './Artefacts.tsx'

/** A sandbox usually is there at once; a longer wait is named. */
const waitShownMs = 400

export function RunStatus() {
  const { executions } = useWorkbench()
  const state = useStore(executions.store)
  const now = useNow(state.kind === 'starting' || state.kind === 'running')
  switch (state.kind) {
    case 'idle':
    case 'refused':
      return null
    case 'starting':
      return (
        <span className="run-status" data-tone="busy">
          <span className="pulse" />
          {now - state.sinceMs > waitShownMs ? 'Waiting for a free sandbox …' : 'Starting …'}
        </span>
      )
    case 'running':
      return (
        <span className="run-status" data-tone="busy">
          <span className="pulse" />
          {state.stopping
            ? 'Stopping'
            : state.stage === 'compile'
              ? 'Compiling'
              : state.waiting
                ? 'Waiting for input'
                : 'Running'}
          <span className="figures">{runningTime(now - state.startedAtMs)}</span>
        </span>
      )
    case 'ended':
      return (
        <span className="run-status" data-tone={toneOf(state.result)}>
          {shortEnd(state.result)}
        </span>
      )
  }
}

/** Below the output; read out by screen readers when it appears. */
export function ResultBar() {
  const { executions } = useWorkbench()
  const state = useStore(executions.store)
  if (state.kind === 'refused')
    return (
      <div className="result" data-tone="bad" role="alert">
        <Icon name="error" />
        <div>
          <strong>{state.title}</strong>
          <p>{state.detail}</p>
        </div>
      </div>
    )
  return (
    <div aria-live="polite" aria-atomic="true">
      {state.kind === 'ended' ? <Ended id={state.id} result={state.result} /> : null}
    </div>
  )
}

function Ended({ id, result }: { readonly id: string; readonly result: ExecutionResult }) {
  const tone = toneOf(result)
  return (
    <div className="result" data-tone={tone}>
      <Icon name={tone === 'good' ? 'pass' : tone === 'calm' ? 'info' : 'error'} />
      <div>
        <strong>{result.message}</strong>
        <dl className="result-figures">
          {result.exitCode === null ? null : (
            <div>
              <dt>exit code</dt>
              <dd>{result.exitCode}</dd>
            </div>
          )}
          {result.signal === null ? null : (
            <div>
              <dt>signal</dt>
              <dd>{result.signal}</dd>
            </div>
          )}
          <div>
            <dt>time</dt>
            <dd>{timeText(result.wallMs)}</dd>
          </div>
          <div>
            <dt>CPU</dt>
            <dd>{timeText(result.cpuMs)}</dd>
          </div>
          <div>
            <dt>memory</dt>
            <dd>{sizeText(result.peakBytes)}</dd>
          </div>
          {result.outputBytes > 100_000 ? (
            <div>
              <dt>output</dt>
              <dd>
                {sizeText(result.outputBytes)}
                {result.truncated ? ', only its end is kept' : ''}
              </dd>
            </div>
          ) : null}
        </dl>
        {result.artefacts === undefined ? null : <Artefacts executionId={id} made={result.artefacts} />}
      </div>
    </div>
  )
}

type Tone = 'good' | 'calm' | 'bad'
const toneOf = (result: ExecutionResult): Tone =>
  result.reason === 'exited' && result.exitCode === 0 ? 'good' : result.reason === 'cancelled' ? 'calm' : 'bad'

function shortEnd(result: ExecutionResult): string {
  if (result.reason === 'exited') return result.exitCode === 0 ? 'Finished' : `Exited with ${result.exitCode}`
  const texts: Readonly<Record<Exclude<ExecutionResult['reason'], 'exited'>, string>> = {
    signalled: `Ended by ${result.signal ?? 'a signal'}`,
    'compile-failed': 'Did not compile',
    wall: 'Time limit reached',
    cpu: 'CPU limit reached',
    oom: 'Memory limit reached',
    output: 'Output limit reached',
    disk: 'Disk limit reached',
    processes: 'Process limit reached',
    cancelled: 'Stopped',
    infrastructure: 'Failed on our side',
  }
  return texts[result.reason]
}

const runningTime = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`

function useNow(ticks: boolean): number {
  const [now, setNow] = useState(0)
  useEffect(() => {
    if (!ticks) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 100)
    return () => clearInterval(timer)
  }, [ticks])
  return now
}
