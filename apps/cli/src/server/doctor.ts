/** `atelier doctor`: what the server found out about the machine it runs on. */

import type { ToolchainState } from '@atelier/protocol/languages'
import { type IsolationStatus, ServerStatus } from '@atelier/protocol/server-status'
import type { Surroundings } from '../surroundings.ts'
import { printable } from '../table.ts'
import type { Server } from './server.ts'

export async function showDoctor(server: Server, { stdout }: Surroundings, { json = false }: { json?: boolean }): Promise<void> {
  const status = await server.ask(ServerStatus, '/api/v1/server')
  stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : reportOf(server.url, status))
}

export const machineHint = 'For the machine itself, whether a server runs or not: npm run doctor (in the folder of Atelier).'

function reportOf(url: URL, { version, isolation, isolations, toolchain }: ServerStatus): string {
  const others = isolations.filter(({ level }) => level !== isolation.level)
  return [
    `Atelier ${version} at ${url.origin}`,
    `Isolation: ${isolation.level}. ${isolation.summary}`,
    ...isolation.findings.map(findingLine),
    ...others.flatMap(({ level, state, summary, findings }) => [
      `Isolation that may be asked for: ${level}${state === 'examining' ? ', being examined' : ''}. ${summary}`,
      ...findings.map(findingLine),
    ]),
    `Toolchain image: ${toolchainLine(toolchain)}`,
    machineHint,
    '',
  ]
    .map(printable)
    .join('\n')
}

const findingLine = ({ ok, name, detail, remedy }: IsolationStatus['findings'][number]): string =>
  `  ${ok ? '✓' : '✗'} ${name}: ${detail}${ok || remedy === '' ? '' : ` → ${remedy}`}`

function toolchainLine(toolchain: ToolchainState): string {
  switch (toolchain.state) {
    case 'waiting':
      return 'waits to be built.'
    case 'building':
      return `is being built, ${Math.floor(toolchain.progress * 100)} % (${toolchain.step}).`
    case 'ready':
      return `ready, ${Math.round(toolchain.sizeBytes / 1024 / 1024)} MB, built ${toolchain.builtAt}.`
    case 'failed':
      return `✗ failed: ${toolchain.reason} → ${toolchain.remedy}`
    case 'off':
      return `off: ${toolchain.reason} → ${toolchain.remedy}`
  }
}
