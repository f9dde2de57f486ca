/**
 * Running the project's program from the page, and following what it writes.
 *
 *   idle ──run──▶ starting ──202──▶ running ──end──▶ ended ──run──▶ …
 *                    │ refused, or the person gives up
 *                    ▼
 *                 refused / idle
 */
import type { Execution, ExecutionEvent, ExecutionResult, IsolationLevel, Stage } from '@atelier/protocol/executions'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiProblem, encodePath, messageOf } from '../connection/api.ts'
import { createExecutionChannels, type ExecutionChannelOptions } from './execution-channel.ts'
import { OutputDecoder } from './output-decoder.ts'
import { browserFrame, createOutputFeed } from './output-feed.ts'
import { OutputScreen, screenBounds } from './output-screen.ts'

export type RunState =
  | { readonly kind: 'idle' }
  /** Saving and asking for a sandbox. */
  | { readonly kind: 'starting'; readonly entryPoint: string; readonly sinceMs: number }
  | {
      readonly kind: 'running'
      readonly id: string
      readonly entryPoint: string
      readonly stage: Stage | null
      readonly startedAtMs: number
      /** The wall that it runs behind. */
      readonly isolation: string
      readonly stopping: boolean
      /** Silent for a while with its last line unfinished: it seems to ask something. */
      readonly waiting: boolean
      readonly inputClosed: boolean
    }
  | { readonly kind: 'ended'; readonly id: string; readonly entryPoint: string; readonly result: ExecutionResult }
  | { readonly kind: 'refused'; readonly entryPoint: string; readonly title: string; readonly detail: string }

export type Executions = {
  readonly store: StoreApi<RunState>
  readonly screen: OutputScreen
  /** Called after the screen changed. */
  onOutput(listener: () => void): () => void
  /** `isolation` null: the server's usual wall. */
  run(entryPoint: string, args: readonly string[], isolation: IsolationLevel | null): Promise<void>
  stop(): void
  sendLine(line: string): void
  endInput(): void
  interrupt(): void
  /** The bytes of a file that a program made. */
  artefact(id: string, path: string): Promise<Blob>
  clear(): void
  /** Follows the execution that was running before the page was loaded again. */
  reattach(): Promise<void>
}

export type ExecutionsOptions = ExecutionChannelOptions & {
  readonly projectId: string
  readonly saveAll: () => Promise<boolean>
}

const promptSilenceMs = 350

type Remembered = { readonly id: string; readonly entryPoint: string }

export function createExecutions({ projectId, saveAll, ...way }: ExecutionsOptions): Executions {
  const { api } = way.connection
  const channels = createExecutionChannels(way)
  const store = createStore<RunState>(() => ({ kind: 'idle' }))
  const screen = new OutputScreen()
  const listeners = new Set<() => void>()
  const key = `atelier.execution.${projectId}`
  let starting: AbortController | undefined
  let unfollow: (() => void) | undefined
  let silence: ReturnType<typeof setTimeout> | undefined

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const feed = createOutputFeed({
    ...{ screen, changed, mostCharacters: screenBounds.characters },
    ...{ nextFrame: browserFrame, nowMs: () => performance.now() },
  })
  const patch = (change: Partial<Extract<RunState, { kind: 'running' }>>): void => {
    const state = store.getState()
    if (state.kind === 'running') store.setState({ ...state, ...change }, true)
  }
  const listenForPrompt = (): void => {
    clearTimeout(silence)
    patch({ waiting: false })
    silence = setTimeout(() => {
      feed.flush()
      if (screen.endsInsideLine) patch({ waiting: true })
    }, promptSilenceMs)
  }

  const follow = ({ id, isolation }: Execution, entryPoint: string, startedAtMs: number): void => {
    unfollow?.()
    store.setState(
      {
        kind: 'running',
        id,
        entryPoint,
        stage: null,
        startedAtMs,
        isolation,
        stopping: false,
        waiting: false,
        inputClosed: false,
      },
      true,
    )
    remember({ id, entryPoint })
    const decoder = new OutputDecoder()
    let last = 0
    const take = (event: ExecutionEvent): void => {
      if (event.seq <= last) return
      last = event.seq
      if (event.type === 'output') {
        feed.push(event.stream, decoder.decode(event))
        listenForPrompt()
      } else if (event.type === 'stage') patch({ stage: event.stage })
      else if (event.type === 'truncated') note(`… ${event.droppedBytes.toLocaleString()} bytes of output are no longer kept …`)
      else end(event.result)
      changed()
    }
    const end = (result: ExecutionResult): void => {
      clearTimeout(silence)
      feed.push('stdout', decoder.end('stdout'))
      feed.push('stderr', decoder.end('stderr'))
      unfollow?.()
      unfollow = undefined
      store.setState({ kind: 'ended', id, entryPoint, result }, true)
    }
    const lost = (detail: string): void => {
      unfollow?.()
      unfollow = undefined
      store.setState({ kind: 'refused', entryPoint, title: 'The execution cannot be followed', detail }, true)
      changed()
    }
    unfollow = channels.follow(id, { since: () => last, take, lost })
  }

  const note = (text: string): void => {
    feed.flush()
    screen.freshLine()
    screen.write('note', `${text}\n`)
  }
  const remember = (value: Remembered): void => {
    try {
      sessionStorage.setItem(key, JSON.stringify(value))
    } catch {
      // Without storage a reload cannot find the run again; it goes on all the same.
    }
  }
  const whileRunning = (act: (state: Extract<RunState, { kind: 'running' }>) => void): void => {
    const state = store.getState()
    if (state.kind === 'running') act(state)
  }

  return {
    store,
    screen,
    onOutput(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async run(entryPoint, args, isolation) {
      if (store.getState().kind === 'starting' || store.getState().kind === 'running') return
      const controller = new AbortController()
      starting = controller
      store.setState({ kind: 'starting', entryPoint, sinceMs: Date.now() }, true)
      feed.clear()
      screen.clear()
      changed()
      try {
        if (!(await saveAll())) {
          store.setState(
            {
              kind: 'refused',
              entryPoint,
              title: 'Not started',
              detail: 'Some changes are not saved yet, and a run uses what is saved. See the bar above the editor.',
            },
            true,
          )
          return
        }
        const execution = await api.json<Execution>('/api/v1/executions', {
          method: 'POST',
          body: {
            json: {
              ...{ projectId, entryPoint, interactive: true, artefacts: true },
              ...(args.length === 0 ? {} : { args }),
              ...(isolation === null ? {} : { isolation }),
            },
          },
          signal: controller.signal,
        })
        follow(execution, entryPoint, Date.now())
      } catch (error) {
        if (controller.signal.aborted) store.setState({ kind: 'idle' }, true)
        else {
          const title = error instanceof ApiProblem ? error.problem.title : 'Not started'
          store.setState({ kind: 'refused', entryPoint, title, detail: messageOf(error) }, true)
        }
      } finally {
        starting = undefined
        changed()
      }
    },
    stop() {
      starting?.abort()
      whileRunning((state) => {
        patch({ stopping: true })
        channels.command(state.id, { type: 'cancel' })
      })
    },
    sendLine: (line) =>
      whileRunning((state) => {
        if (state.inputClosed) return
        feed.flush()
        screen.write('stdin', `${line}\n`)
        channels.command(state.id, { type: 'stdin', data: `${line}\n`, encoding: 'utf8' })
        listenForPrompt()
        changed()
      }),
    endInput: () =>
      whileRunning((state) => {
        if (state.inputClosed) return
        patch({ inputClosed: true, waiting: false })
        channels.command(state.id, { type: 'end-of-input' })
      }),
    interrupt: () =>
      whileRunning((state) => {
        feed.flush()
        screen.write('stdin', '^C\n')
        channels.command(state.id, { type: 'signal', signal: 'SIGINT' })
        changed()
      }),
    async artefact(id, path) {
      return (await api.ask(`/api/v1/executions/${id}/artefacts/${encodePath(path)}`)).blob()
    },
    clear() {
      feed.clear()
      screen.clear()
      const { kind } = store.getState()
      if (kind === 'ended' || kind === 'refused') store.setState({ kind: 'idle' }, true)
      changed()
    },
    async reattach() {
      const known = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Remembered | null
      if (known === null) return
      try {
        const execution = await api.json<Execution>(`/api/v1/executions/${known.id}`)
        if (store.getState().kind === 'idle')
          follow(execution, known.entryPoint, Date.parse(execution.startedAt ?? execution.createdAt))
      } catch {
        sessionStorage.removeItem(key)
      }
    },
  }
}
