/** Embeds: what may be shown in a frame, and what its reader may run. The face of this folder. */
import { type EmbedExecutionRequest, type EmbedFile, type EmbedGuest, embedBounds } from '@atelier/protocol/embeds'
import { Refusal } from '@atelier/protocol/errors'
import type { ExecutionLimits } from '@atelier/protocol/executions'
import { nobody } from '../access/access.ts'
import type { EventSource } from '../executions/event-log.ts'
import type { Executions } from '../executions/executions.ts'
import { asRefusal } from '../http/problems.ts'
import type { Projects } from '../projects/projects.ts'
import { ReaderPlaces } from './embed-places.ts'
import { createGuestTokens } from './guest-tokens.ts'

/** What a reader's program may use at most; the server's own limits hold as well. */
export const readerProgramLimits = {
  cpuMs: 5_000,
  wallMs: 60_000,
  processes: 32,
  diskBytes: 32 * 1024 * 1024,
  outputBytes: 1024 * 1024,
} as const

/** `pick` null: the server chooses what to show first. */
export type EmbedSource = {
  readonly title: string
  readonly files: readonly EmbedFile[]
  readonly entryPoint: string | null
  /** `/projects/…` or `/new?template=…`: where somebody goes who wants to work on it. */
  readonly openAddress: string
  /** `/embed/…` */
  readonly embedAddress: string
}

/** Why there is nothing to show. `too-large` is told only of what everybody may read. */
export type NoSource = 'missing' | 'too-large'

export interface Embeds {
  /** A project that everybody may read, as it is now. */
  readProject(projectId: string): Promise<EmbedSource | NoSource>
  readTemplate(id: string): EmbedSource | NoSource
  /** Its title alone. null: it is not there, or not for everybody. */
  titleOf(projectId: string): Promise<string | null>
  newGuest(): EmbedGuest
  guestOf(token: string | undefined): string | null
  start(
    guestId: string,
    address: string,
    request: EmbedExecutionRequest,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly events: EventSource }>
  write(guestId: string, executionId: string, data: string, isLast: boolean): Promise<void>
  cancel(guestId: string, executionId: string): Promise<void>
}

export type EmbedsOptions = {
  readonly projects: Pick<Projects, 'readProject' | 'readAllFiles' | 'readTemplate'>
  readonly executions: Pick<Executions, 'startAndFollow' | 'command' | 'write'>
  readonly executionsAtOnce: number
  readonly usualLimits: ExecutionLimits
  readonly now: () => number
}

export function createEmbeds({ projects, executions, executionsAtOnce, usualLimits, now }: EmbedsOptions): Embeds {
  const tokens = createGuestTokens(now)
  const places = new ReaderPlaces(executionsAtOnce)
  const limits = { ...usualLimits, ...mapLeast(readerProgramLimits, usualLimits) }

  async function orNull<Result>(work: () => Promise<Result>): Promise<Result | 'not-found' | 'too-large'> {
    try {
      return await work()
    } catch (error) {
      const { code } = asRefusal(error)
      if (code === 'not-found' || code === 'too-large') return code
      throw error
    }
  }

  return {
    async readProject(projectId) {
      if (!isUuid(projectId)) return 'missing'
      const project = await orNull(() => projects.readProject(projectId, nobody))
      if (typeof project === 'string') return 'missing'
      const files = await orNull(() => projects.readAllFiles(projectId, nobody, embedBounds.bytes))
      if (files === 'not-found') return 'missing'
      if (files === 'too-large' || files.length > embedBounds.files) return 'too-large'
      return {
        title: project.name,
        files: inOrder(files).map(({ path, content }) => asEmbedFile(path, content)),
        entryPoint: null,
        openAddress: `/new?project=${project.id}`,
        embedAddress: `/embed/${project.id}`,
      }
    },
    readTemplate(id) {
      const found = projects.readTemplate(id)
      if (found === null) return 'missing'
      const named = new URLSearchParams({ template: found.template.id }).toString()
      return {
        title: found.template.name,
        files: inOrder(found.files).map(({ path, content }) => asEmbedFile(path, content)),
        entryPoint: found.template.entryPoint,
        openAddress: `/new?${named}`,
        embedAddress: `/embed?${named}`,
      }
    },
    async titleOf(projectId) {
      const project = isUuid(projectId) ? await orNull(() => projects.readProject(projectId, nobody)) : 'not-found'
      return typeof project === 'string' ? null : project.name
    },
    newGuest: () => tokens.issue(),
    guestOf: (token) => tokens.guestOf(token),
    async start(guestId, address, request, signal) {
      const bytes = request.files.reduce((sum, { content }) => sum + content.length, 0)
      if (bytes > embedBounds.bytes * 2) throw tooLarge()
      const place = await places.enter(address)
      try {
        const whole = { ...request, environment: {}, artefacts: false, interactive: true, limits }
        const started = await executions.startAndFollow(guestId, whole, null, signal)
        const leaveAtEnd = (): void => {
          if (!started.events.complete) return
          stop()
          place.leave()
        }
        const stop = started.events.onChange(leaveAtEnd)
        leaveAtEnd()
        return started
      } catch (refused) {
        place.leave()
        throw refused
      }
    },
    async write(guestId, executionId, data, isLast) {
      if (data !== '') await executions.write(guestId, executionId, Buffer.from(data, 'utf8'))
      if (isLast) await executions.command(guestId, executionId, { type: 'end-of-input' })
    },
    cancel: (guestId, executionId) => executions.command(guestId, executionId, { type: 'cancel' }),
  }
}

function mapLeast<Names extends keyof ExecutionLimits>(
  most: Readonly<Record<Names, number>>,
  usual: ExecutionLimits,
): Record<Names, number> {
  const names = Object.keys(most) as Names[]
  return Object.fromEntries(names.map((name) => [name, Math.min(most[name], usual[name])])) as Record<Names, number>
}

/** What is there to be read, and not to be run, comes last. */
const inOrder = <File extends { readonly path: string }>(files: readonly File[]): File[] => {
  const isRead = ({ path }: File): boolean => /^readme(?:\.|$)/i.test(path)
  return [...files.filter((file) => !isRead(file)), ...files.filter(isRead)]
}

function asEmbedFile(path: string, content: Buffer): EmbedFile {
  const text = content.toString('utf8')
  const isText = !text.includes('\u0000') && Buffer.from(text, 'utf8').equals(content)
  return isText ? { path, content: text, encoding: 'utf8' } : { path, content: content.toString('base64'), encoding: 'base64' }
}

const tooLarge = (): Refusal =>
  new Refusal(
    'too-large',
    `The files of an embed are larger than ${embedBounds.bytes / 1024} KB together. Open it in Atelier instead.`,
  )

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
