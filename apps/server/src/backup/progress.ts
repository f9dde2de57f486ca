/** One line on a terminal that says how far the work is; elsewhere nothing, so that the mails of a nightly job stay short. */

const everyMs = 200

export type Progress = { show(text: string): void; clear(): void; [Symbol.dispose](): void }

export function showProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  let shownAt = 0
  const clear = (): void => {
    if (shownAt > 0) out.write('\r\x1b[K')
    shownAt = 0
  }
  return {
    show(text) {
      if (!out.isTTY || performance.now() - shownAt < everyMs) return
      shownAt = performance.now()
      out.write(`\r\x1b[K${text.slice(0, (out.columns || 80) - 1)}`)
    },
    clear,
    [Symbol.dispose]: clear,
  }
}

export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`

export const plural = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
