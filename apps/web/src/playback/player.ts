/** Runs a film: where it stands, whether it runs and how fast. Frames are asked for only while it runs. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Timeline } from './timeline.ts'

export const speeds = [1, 2, 5, 10, 25, 50] as const
export type Speed = (typeof speeds)[number]

export type PlayerState = { readonly filmMs: number; readonly isPlaying: boolean; readonly speed: Speed }

export type Player = {
  readonly store: StoreApi<PlayerState>
  play(): void
  pause(): void
  seek(filmMs: number): void
  /** To the moment before or after. */
  step(by: 1 | -1): void
  setSpeed(speed: Speed): void
  close(): void
}

/** Gives the time of the next frame, in milliseconds, and returns what takes the wish back. */
export type Frames = (frame: (nowMs: number) => void) => () => void

export const browserFrames: Frames = (frame) => {
  const id = requestAnimationFrame(frame)
  return () => cancelAnimationFrame(id)
}

/** A tab in the background gets no frames: coming back must not jump by minutes. */
const longestFrameMs = 100

export function createPlayer(timeline: Timeline, frames: Frames): Player {
  const store = createStore<PlayerState>(() => ({ filmMs: timeline.lengthMs, isPlaying: false, speed: 5 }))
  let takeBack: (() => void) | null = null
  let lastMs: number | null = null

  const frame = (nowMs: number): void => {
    const { filmMs, speed } = store.getState()
    const passedMs = lastMs === null ? 0 : Math.min(longestFrameMs, Math.max(0, nowMs - lastMs))
    lastMs = nowMs
    const next = Math.min(timeline.lengthMs, filmMs + passedMs * speed)
    store.setState({ filmMs: next })
    if (next >= timeline.lengthMs) pause()
    else takeBack = frames(frame)
  }
  const pause = (): void => {
    takeBack?.()
    takeBack = null
    lastMs = null
    store.setState({ isPlaying: false })
  }
  const seek = (filmMs: number): void => store.setState({ filmMs: Math.min(timeline.lengthMs, Math.max(0, filmMs)) })

  return {
    store,
    play() {
      if (store.getState().isPlaying) return
      // From the end it starts again.
      store.setState(({ filmMs }) => ({ isPlaying: true, filmMs: filmMs >= timeline.lengthMs ? 0 : filmMs }))
      takeBack = frames(frame)
    },
    pause,
    seek,
    step(by) {
      pause()
      const now = timeline.stepAt(store.getState().filmMs)
      if (by === 1) return seek(timeline.stepMs(now + 1))
      // Several steps may stand at one moment: they are taken back together.
      const before = timeline.stepAt(timeline.stepMs(now) - 0.001)
      seek(before === 0 ? 0 : timeline.stepMs(before))
    },
    setSpeed: (speed) => store.setState({ speed }),
    close: pause,
  }
}
