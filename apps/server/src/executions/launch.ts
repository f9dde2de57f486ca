/** From a request to a program that runs: its wall, its network, its files, its limits, and a place among the others. */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { ExecutionRequest } from '@atelier/protocol/executions'
import type { Language } from '@atelier/protocol/languages'
import type { Isolation, Root, SandboxFile, SandboxLimits } from '@atelier/sandbox/sandbox'
import type { Projects } from '../projects/projects.ts'
import type { Admission, Place } from './admission.ts'
import { type Allowances, allowEverything } from './allowance.ts'
import type { Alive } from './books.ts'
import type { ChosenIsolation } from './isolation.ts'
import { grantLimits, type LimitPolicy, sandboxLimitsOf } from './limits.ts'
import { type CompiledPrograms, type ExecutionPlan, LiveExecution } from './live-execution.ts'
import { type EgressSource, grantNetwork } from './network.ts'
import { chooseEntryPoint, decodeFiles } from './prepare.ts'

/** What this folder needs to know of languages. */
export interface LanguageSource {
  list(): readonly Language[]
  plan(work: {
    readonly language: string
    readonly entryPoint: string
    readonly args: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly files: readonly SandboxFile[]
    readonly limits: SandboxLimits
    readonly canShow: (root: Root) => boolean
  }): ExecutionPlan
}

/** Which wall an execution gets. Refuses what the policy does not allow, and what this machine cannot do. */
export interface IsolationSource {
  choose(asked: Isolation | undefined): ChosenIsolation
}

export type LaunchOptions = {
  readonly log: Log
  readonly now: () => number
  readonly serverKey: number
  readonly projects: Pick<Projects, 'readAllFiles'>
  readonly languages: LanguageSource
  readonly isolations: IsolationSource
  /** Null: no program has a network. */
  readonly egress: EgressSource | null
  readonly compiled: CompiledPrograms
  readonly admission: Admission
  readonly limits: LimitPolicy
  /** What each user may; without it everybody may what the limits say. */
  readonly allowances?: Allowances
  readonly keptBytes: number
}

/** Its place is to be given back when it has ended. */
export type Launched = { readonly alive: Alive; readonly place: Place }

export class Launcher {
  readonly #options: LaunchOptions
  readonly #allowances: Allowances

  constructor(options: LaunchOptions) {
    this.#options = options
    this.#allowances = options.allowances ?? allowEverything(options.limits)
  }

  /** Resolves when it runs. `signal` aborts the waiting for a place, not the running. */
  async launch(id: string, userId: string, request: ExecutionRequest, signal: AbortSignal): Promise<Launched> {
    const { admission, isolations, serverKey, compiled, keptBytes, now, log } = this.#options
    const isolation = isolations.choose(request.isolation)
    const network = grantNetwork(request.network, isolation.level, this.#options.egress)
    const files = await this.#filesOf(userId, request)
    const choice = chooseEntryPoint(
      request,
      files.map((file) => file.path),
      this.#options.languages.list(),
    )
    if (!choice.language.available)
      throw new Refusal(
        'language-unavailable',
        `${choice.language.name} is not ready: ${choice.language.reason ?? 'unknown reason'}. ${choice.language.remedy ?? ''}`.trim(),
        {
          retryAfterSeconds: 10,
        },
      )
    const allowance = await this.#allowances.of(userId)
    const limits = grantLimits(request.limits, allowance.limits)
    const { args, environment } = request
    const plan = this.#options.languages.plan({
      ...{ language: choice.language.id, entryPoint: choice.entryPoint, args, environment, files },
      limits: sandboxLimitsOf(limits),
      canShow: isolation.canShow,
    })
    isolation.checkPlan(plan, choice.language.name)
    const counted = await allowance.take()
    const place = await admission.enter(userId, signal, allowance.atOnce ?? undefined).catch((error: unknown) => {
      counted.giveBack()
      throw error
    })
    const live = new LiveExecution({
      ...{ id, limits, plan, sandboxes: isolation.sandboxes, openEgress: network, compiled, keptBytes, now, log },
      language: choice.language.id,
      stdin: request.stdin === undefined ? null : Buffer.from(request.stdin, 'utf8'),
      interactive: request.interactive ?? request.stdin === undefined,
      waitsForReaders: request.waitsForReaders ?? false,
      terminal: request.terminal ?? null,
      wantsArtefacts: request.artefacts,
    })
    // Not the request itself: its files would be held for as long as the execution is remembered.
    const execution = {
      ...{ id, userId, serverKey, limits, language: choice.language.id, entryPoint: choice.entryPoint },
      isolation: isolation.level,
      projectId: request.projectId ?? null,
      startedAt: new Date(live.startedAtMs),
    }
    return { alive: { execution, live }, place }
  }

  async #filesOf(userId: string, request: ExecutionRequest): Promise<readonly SandboxFile[]> {
    if ((request.files === undefined) === (request.projectId === undefined))
      throw new Refusal('invalid-request', 'Send either "projectId" or "files": one of the two.')
    if (request.files !== undefined) return decodeFiles(request.files)
    return this.#options.projects.readAllFiles(request.projectId ?? '', userId)
  }
}
