/** One operation of git per project at a time. Whoever comes meanwhile waits a little, in order; a few wait, no more. */
import { projectIsBusy } from './refusals.ts'

const waitingMost = 8
const waitMs = 20_000

type Line = { what: string; step: string; readonly waiting: (() => void)[] }

export class Turns {
  readonly #lines = new Map<string, Line>()

  /** What is being done for a project. */
  working(project: string): { readonly what: string; readonly step: string } | null {
    const line = this.#lines.get(project)
    return line === undefined ? null : { what: line.what, step: line.step }
  }

  /** `work` tells its steps. @throws Refusal git-busy */
  async take<Result>(project: string, what: string, work: (tell: (step: string) => void) => Promise<Result>): Promise<Result> {
    const line = await this.#enter(project, what)
    line.what = what
    line.step = ''
    try {
      return await work((step) => {
        line.step = step
      })
    } finally {
      const next = line.waiting.shift()
      if (next === undefined) this.#lines.delete(project)
      else next()
    }
  }

  async #enter(project: string, what: string): Promise<Line> {
    const line = this.#lines.get(project)
    if (line === undefined) {
      const made = { what, step: '', waiting: [] }
      this.#lines.set(project, made)
      return made
    }
    if (line.waiting.length >= waitingMost) throw projectIsBusy(line.what)
    const turn = Promise.withResolvers<void>()
    line.waiting.push(turn.resolve)
    const timer = setTimeout(() => {
      const at = line.waiting.indexOf(turn.resolve)
      if (at < 0) return
      line.waiting.splice(at, 1)
      turn.reject(projectIsBusy(line.what))
    }, waitMs)
    try {
      await turn.promise
    } finally {
      clearTimeout(timer)
    }
    return line
  }
}
