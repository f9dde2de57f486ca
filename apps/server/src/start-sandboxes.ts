/** Everything that programs run in: the toolchain image, languages, walls with their pools of warm boxes, and the way out to named hosts. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Log } from '@atelier/base/log'
import { EgressDoors } from '@atelier/sandbox/egress/egress'
import { LanguageCatalogue, type LanguageDefinition, loadLanguages } from '@atelier/sandbox/languages'
import { Pool } from '@atelier/sandbox/pool'
import { readDemand, writeDemand } from '@atelier/sandbox/pool/demand-file'
import { memoryOf } from '@atelier/sandbox/pool/memory'
import type { Isolation, Root, SandboxSpec } from '@atelier/sandbox/sandbox'
import { Tiers } from '@atelier/sandbox/tiers/tiers'
import { Toolchain } from '@atelier/sandbox/toolchain/toolchain'
import { type IsolationPolicy, isolationPolicyOf } from './executions/isolation-policy.ts'
import { limitPolicyOf, sandboxLimitsOf } from './executions/limits.ts'
import type { GitPlace } from './git/open-git.ts'
import { showPools } from './observe/pool-metrics.ts'
import type { Settings } from './settings.ts'
import { egressPolicyOf, gitRemotesOf } from './settled-settings.ts'
import { followLanguageWishes, readLanguageWishes } from './status/language-wishes.ts'
import { examineIn, tierMakers } from './tiers.ts'

export type RunningSandboxes = {
  readonly catalogue: LanguageCatalogue
  readonly toolchain: Toolchain
  readonly tiers: Tiers<Pool>
  readonly policy: IsolationPolicy
  /** Finds out about the tiers that nobody waits for. */
  readonly examineOthers: () => void
}

/** Null where no host is named: programs and git then have no network. */
export function openEgress(settings: Settings, dataFolder: string, log: Log, stack: AsyncDisposableStack): EgressDoors | null {
  const policy = egressPolicyOf(settings)
  if (policy.hosts.length === 0 && gitRemotesOf(settings).hosts.length === 0) return null
  const doors = new EgressDoors({ policy, log, folder: join(dataFolder, 'egress') })
  stack.defer(() => doors.close())
  return doors
}

export async function startSandboxes(
  settings: Settings,
  variantLevel: Isolation,
  egress: EgressDoors | null,
  dataFolder: string,
  projectFolder: string,
  log: Log,
  stack: AsyncDisposableStack,
): Promise<RunningSandboxes> {
  const nodeBinary = process.execPath
  const definitions = await loadLanguages(join(projectFolder, 'languages'))
  const toolchain = new Toolchain({
    ...{ log, languages: definitions, environment: process.env, builds: settings.toolchain === 'build' },
    wanted: (await readLanguageWishes({ dataFolder, log })) ?? [],
    folder: resolve(dataFolder, settings.toolchainFolder ?? 'toolchain'),
  })
  stack.defer(() => toolchain.close())
  const stopWishes = followLanguageWishes({ dataFolder, log }, (ids) => {
    toolchain.want(ids).catch((error: unknown) => log.error('languages not added', { error }))
  })
  stack.defer(stopWishes)
  const limits = sandboxLimitsOf(limitPolicyOf(settings).usual)
  const policy = isolationPolicyOf(settings, variantLevel)
  const ceiling = warmKinds * settings.warmSandboxes + settings.executionsAtOnce
  const demandFile = join(dataFolder, 'demand.json')
  const demand = await readDemand(demandFile)
  const slots = settings.executionsAtOnce + ceiling + spareSlots
  const tiers = new Tiers({
    log,
    makers: tierMakers({
      ...{ log, nodeBinary, limits, slots, folder: join(dataFolder, 'sandboxes'), mostMemoryBytes: settings.memoryBytesMax },
      image: () => toolchain.image?.folder ?? null,
      ...(settings.runsc === undefined ? {} : { runsc: settings.runsc }),
      ...(egress === null ? {} : { egressFolder: egress.folder }),
    }),
    examine: examineIn(() => imagesOf(toolchain), limits),
    makePool: (driver) =>
      new Pool({
        ...{ driver, log, ceiling, targets: [], profiles: demand[driver.isolation] ?? {} },
        ...memoryOf(driver.isolation),
      }),
  })
  stack.defer(() => tiers.close())
  const keepDemand = (): Promise<void> =>
    writeDemand(demandFile, Object.fromEntries(tiers.pools().map(([level, pool]) => [level, pool.profiles])), log)
  const keepingDemand = setInterval(() => void keepDemand(), keepDemandMs).unref()
  stack.defer(() => {
    clearInterval(keepingDemand)
    return keepDemand()
  })
  const [catalogue] = await Promise.all([
    LanguageCatalogue.open({ definitions, toolchain, nodeBinary }),
    tiers.examine(policy.usual),
    toolchain.start(),
  ])
  stack.defer(() => catalogue.close())
  showPools(() => tiers.pools())
  const fill = (): void => {
    for (const [level, pool] of tiers.pools()) {
      const specs = warmSpecs(definitions, catalogue, (root) => tiers.canShow(level, root))
      // Only what is asked for without being named is kept warm before anybody came; the others follow the demand.
      const size = level === policy.usual ? settings.warmSandboxes : 0
      pool.retarget(specs.map((spec) => ({ spec, size })))
    }
  }
  fill()
  stack.defer(toolchain.onChange(fill))
  stack.defer(tiers.onChange(fill))
  let imageFolder = toolchain.image?.folder
  stack.defer(
    toolchain.onChange(() => {
      if (toolchain.image?.folder === imageFolder) return
      imageFolder = toolchain.image?.folder
      // A machine cannot be made before there is an image.
      void tiers.tryAgain()
    }),
  )
  const examineOthers = async (): Promise<void> => {
    // One after another: they share the machine with the first visitor.
    for (const level of policy.allowed) await tiers.examine(level)
  }
  return { catalogue, toolchain, tiers, policy, examineOthers: () => void examineOthers() }
}

/** Git has the usual wall: the image's git, or this machine's. Without a wall it does not run. */
export function gitPlace({ tiers, toolchain, policy: { usual } }: RunningSandboxes): GitPlace {
  const remedy = 'For the person who hosts: choose another isolation as the usual one (ATELIER_ISOLATION=container).'
  if (usual === 'process') return { usable: false, reason: 'it runs only in a sandbox, and this server has none', remedy }
  const { probe } = tiers.state(usual)
  if (probe?.usable === false) return { usable: false, reason: `the isolation ${usual} cannot be used here`, remedy }
  const roots: Root[] = [
    ...(toolchain.image?.versions.git === undefined ? [] : [{ kind: 'image', folder: toolchain.image.folder } as const]),
    ...(existsSync('/usr/bin/git') ? [{ kind: 'host' } as const] : []),
  ]
  const root = roots.find((each) => tiers.canShow(usual, each))
  if (root !== undefined) return { usable: true, root, lease: (spec, signal) => tiers.lease(usual, spec, signal) }
  const isComing = toolchain.state.state === 'building' || toolchain.state.state === 'waiting'
  return {
    ...{ usable: false, reason: isComing ? 'the toolchain image that has git is being built' : 'there is no git' },
    remedy: isComing ? 'Try again in a few minutes.' : 'For the person who hosts: install it (apt install git).',
  }
}

const imagesOf = ({ image }: Toolchain): Root[] => (image === null ? [] : [{ kind: 'image', folder: image.folder }])

const keepDemandMs = 15 * 60_000

/** Kinds of warm sandboxes that may stand ready at once: python, node and exec, and twice while a new image replaces an old one. */
const warmKinds = 6
/** Boxes beyond that: probes, and those being destroyed. */
const spareSlots = 8

/** One warm kind for what each available language starts with. */
function warmSpecs(
  definitions: readonly LanguageDefinition[],
  catalogue: LanguageCatalogue,
  canShow: (root: Root) => boolean,
): SandboxSpec[] {
  const specs = new Map<string, SandboxSpec>()
  for (const definition of definitions) {
    const availability = catalogue.availability(definition.id, canShow)
    if (!availability.available) continue
    const spec = { root: availability.root, warmth: definition.run.warmth }
    specs.set(JSON.stringify(spec), spec)
  }
  return [...specs.values()]
}
