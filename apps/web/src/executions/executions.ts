/**
 * Running the project's program from the page, and following what it writes.
 *
 *   idle ──run──▶ starting ──202──▶ running ──end──▶ ended ──run──▶ …
 *                    │ refused, or the person gives up
 *                    ▼
 *                 refused / idle
 */
import type {
  Execution,
  ExecutionEvent,
  ExecutionOutput,
  ExecutionResult,
  IsolationLevel,
  Stage,
} from '@atelier/protocol/executions'
import { channelOfExecution } from '@atelier/protocol/sockets'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiProblem, encodePath, messageOf } from '../connection/api.ts'
import type { Connection } from '../connection/connection.ts'
import type { ChannelMessage } from '../connection/socket.ts'
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

export type ExecutionsOptions = {
  readonly projectId: string
  readonly connection: Connection
  readonly output: 'polled' | 'streamed'
  readonly saveAll: () => Promise<boolean>
  readonly tell: (message: string) => void
}

const promptSilenceMs = 350
const pollMs = 500

type Remembered = { readonly id: string; readonly entryPoint: string }

export function createExecutions({ projectId, connection, output, saveAll, tell }: ExecutionsOptions): Executions {
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
    unfollow =
      output === 'streamed'
        ? connection.socket.follow(channelOfExecution(id), () => last, {
            message: (message) => {
              if (isEvent(message)) take(message)
            },
            refused: (code, detail) => (code === 'not-found' ? lost(detail) : tell(detail)),
          })
        : poll(id, () => last, take, lost)
  }

  const poll = (
    id: string,
    since: () => number,
    take: (event: ExecutionEvent) => void,
    lost: (detail: string) => void,
  ): (() => void) => {
    let stopped = false
    const ask = async (): Promise<void> => {
      try {
        const answer = await connection.api.json<ExecutionOutput>(`/api/v1/executions/${id}/output?since=${since()}`)
        if (!stopped) for (const event of answer.events) take(event)
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) lost(error.message)
      }
      if (!stopped) setTimeout(() => void ask(), pollMs)
    }
    void ask()
    return () => {
      stopped = true
    }
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
  /** Over the socket, or by HTTP while it is away. */
  const command = (state: Extract<RunState, { kind: 'running' }>, message: Parameters<Connection['socket']['send']>[1]): void => {
    if (output === 'streamed' && connection.socket.send(channelOfExecution(state.id), message)) return
    const base = `/api/v1/executions/${state.id}`
    const asked =
      message.type === 'stdin'
        ? connection.api.ask(`${base}/stdin`, { method: 'POST', body: { bytes: message.data } })
        : message.type === 'end-of-input'
          ? connection.api.ask(`${base}/stdin?end=true`, { method: 'POST', body: { bytes: '' } })
          : message.type === 'signal'
            ? connection.api.ask(`${base}/signal`, { method: 'POST', body: { json: { signal: message.signal } } })
            : connection.api.ask(`${base}/cancel`, { method: 'POST' })
    asked.catch((error: unknown) => {
      if (!(error instanceof ApiProblem && error.code === 'execution-ended')) tell(messageOf(error))
    })
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
        const execution = await connection.api.json<Execution>('/api/v1/executions', {
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
        command(state, { type: 'cancel' })
      })
    },
    sendLine: (line) =>
      whileRunning((state) => {
        if (state.inputClosed) return
        feed.flush()
        screen.write('stdin', `${line}\n`)
        command(state, { type: 'stdin', data: `${line}\n`, encoding: 'utf8' })
        listenForPrompt()
        changed()
      }),
    endInput: () =>
      whileRunning((state) => {
        if (state.inputClosed) return
        patch({ inputClosed: true, waiting: false })
        command(state, { type: 'end-of-input' })
      }),
    interrupt: () =>
      whileRunning((state) => {
        feed.flush()
        screen.write('stdin', '^C\n')
        command(state, { type: 'signal', signal: 'SIGINT' })
        changed()
      }),
    async artefact(id, path) {
      return (await connection.api.ask(`/api/v1/executions/${id}/artefacts/${encodePath(path)}`)).blob()
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
        const execution = await connection.api.json<Execution>(`/api/v1/executions/${known.id}`)
        if (store.getState().kind === 'idle')
          follow(execution, known.entryPoint, Date.parse(execution.startedAt ?? execution.createdAt))
      } catch {
        sessionStorage.removeItem(key)
      }
    },
  }
}

const isEvent = (message: ChannelMessage): message is ExecutionEvent => 'seq' in message
