/** One way of running the same program, so that ways can be compared. */
export interface Runner {
  readonly name: string
  /** Runs the program once. `firstMs`: from the click to the first byte of output. */
  runOnce(): Promise<{ readonly firstMs: number; readonly output: string }>
  /** Waits until all is ready for the next click (a pool that refills). */
  settle(): Promise<void>
  close(): Promise<void>
}

export type BenchProgram = { readonly language: 'python' | 'javascript'; readonly file: string; readonly text: string }

/** The interpreters that all runners use, so that only what is around them differs. */
export const interpreters = { python: '/usr/bin/python3', javascript: process.execPath } as const

/** Some variables make interpreters start slowly: everybody gets this list. */
export const plainEnvironment = { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' } as const
