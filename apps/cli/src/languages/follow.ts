/** After a wish: waits for the server that runs on the data folder to fulfil it, and shows how far it is. */
import { setTimeout as rest } from 'node:timers/promises'
import { type Language, LanguageList, type ToolchainState } from '@atelier/protocol/languages'
import { ServerStatus } from '@atelier/protocol/server-status'
import { Failure } from '../failure.ts'
import { announcedUrl } from '../server/address.ts'
import { Server } from '../server/server.ts'
import type { Surroundings } from '../surroundings.ts'
import type { NamedLanguages } from './known.ts'

export type Wish = {
  readonly dataFolder: string
  readonly surroundings: Surroundings
  readonly verb: 'add' | 'remove'
  readonly named: NamedLanguages
}

const ToolchainOf = ServerStatus.pick({ toolchain: true })

const lookMs = 300
/** The server looks at the file twice a second; whoever has not taken it up by then is another version. */
const takenUpMs = 10_000
/** A failure that stays so long after the wish was taken up is this wish's, not an earlier one's. */
const failedMs = 3_000

export async function followWish({ dataFolder, surroundings, verb, named }: Wish): Promise<void> {
  const { stdout } = surroundings
  const names = named.names.join(', ')
  const url = await announcedUrl(dataFolder)
  if (url === null) {
    stdout.write(
      verb === 'add'
        ? `No server runs on ${dataFolder}. ${names}: noted, built at its next start.\n`
        : `No server runs on ${dataFolder}. ${names}: gone at its next start.\n`,
    )
    return
  }
  const server = new Server(new URL(url))
  const startedAt = Date.now()
  const isAdding = verb === 'add'
  let shown = ''
  let hasBuilt = false
  for (; ; await rest(lookMs)) {
    const [{ toolchain }, { items }] = await Promise.all([
      server.ask(ToolchainOf, '/api/v1/server'),
      server.ask(LanguageList, '/api/v1/languages'),
    ])
    const these = items.filter((each) => named.ids.includes(each.id))
    hasBuilt ||= toolchain.state === 'building'
    const isDone = isAdding
      ? these.length === named.ids.length && these.every((each) => each.available)
      : toolchain.state === 'ready' && these.every((each) => !each.available)
    const passedMs = Date.now() - startedAt
    if (isDone) return done(surroundings, verb, these)
    if (toolchain.state === 'off') throw new Failure(`${names}: noted, but ${toolchain.reason}. ${toolchain.remedy}`)
    if (toolchain.state === 'failed' && (hasBuilt || passedMs > failedMs)) {
      const { reason, remedy } = toolchain
      const rest = isAdding ? ` To give it up: ./atelier languages remove ${named.ids.join(' ')}` : ''
      throw new Failure(
        `${names} could not be ${isAdding ? 'added' : 'removed'}: ${reason}. ${remedy} The image of before is in use.${rest}`,
      )
    }
    if (isAdding && passedMs > takenUpMs && !hasBuilt && !these.every((each) => each.wanted))
      throw new Failure(`The server at ${url} does not take up the wish. Stop it and start it again: npm start`)
    const text = progressText(toolchain, stdout.isTTY === true)
    if (text !== shown) stdout.write(stdout.isTTY === true ? `\r\x1b[2K${text}` : `${text}\n`)
    shown = text
  }
}

function done({ stdout }: Surroundings, verb: Wish['verb'], languages: readonly Language[]): void {
  const text =
    verb === 'add'
      ? `Ready: ${languages.map((each) => `${each.name} ${each.version ?? ''}`.trim()).join(', ')}`
      : `Removed: ${languages.map((each) => each.name).join(', ')}`
  stdout.write(stdout.isTTY === true ? `\r\x1b[2K${text}\n` : `${text}\n`)
}

/** On a terminal with percents; elsewhere a line per step. */
function progressText(state: ToolchainState, isExact: boolean): string {
  if (state.state !== 'building') return 'The server takes it up …'
  return `Toolchain image: ${state.step}${isExact ? ` ${Math.floor(state.progress * 100)} %` : ''}`
}
