/** The toolchain image's progress in the terminal: one line that moves on a terminal, a line per step elsewhere. */
import type { WriteStream } from 'node:tty'
import type { ToolchainState } from '@atelier/protocol/languages'
import type { Status } from './status/status.ts'

export function followToolchain(status: Status, out: Pick<WriteStream, 'write' | 'isTTY'>): () => void {
  let shown = ''
  const show = (): void => {
    const { toolchain, languages } = status.news()
    const text = describe(
      toolchain,
      languages.filter((language) => language.wanted && !language.available).map((language) => language.name),
      out.isTTY,
    )
    if (text === null || text === shown) return
    shown = text
    const isFinal = toolchain.state !== 'building'
    out.write(out.isTTY ? `\r\x1b[2K${text}${isFinal ? '\n' : ''}` : `${text}\n`)
  }
  show()
  return status.onChange(show)
}

function describe(toolchain: ToolchainState, missing: readonly string[], exact: boolean): string | null {
  switch (toolchain.state) {
    case 'waiting':
      return null
    case 'building':
      return `Toolchain image: ${toolchain.step}${exact ? ` ${Math.round(toolchain.progress * 100)} %` : ''} (then ${missing.join(', ')} can run)`
    case 'ready':
      return `Toolchain image: ready${missing.length === 0 ? ', every language that is wanted can run' : ''}`
    case 'failed':
    case 'off':
      return `Toolchain image: ${toolchain.reason} → ${toolchain.remedy}`
  }
}
