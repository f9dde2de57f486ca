/** Builds the server from its parts. The only place that constructs drivers and reads a variant. */
import { join, resolve } from 'node:path'
import type { Log } from '@atelier/base/log'
import { BinaryCache } from '@atelier/sandbox/languages'
import { openFsBlobs } from '@atelier/storage/blobs/fs-blobs'
import type { SecondWall } from '@atelier/storage/db/member-role'
import type { EngineName } from '@atelier/text/engine'
import { openAccess } from './access/database-access.ts'
import { createApiTokens } from './accounts/api-tokens.ts'
import { createAttempts } from './accounts/attempts.ts'
import { openFirstAdmin } from './accounts/first-admin.ts'
import { createGuestAccounts } from './accounts/guest-accounts.ts'
import { createIdentities } from './accounts/identities.ts'
import { openIdentityProvider } from './accounts/identity-provider.ts'
import { registerLoginRoutes } from './accounts/login-routes.ts'
import { createLogins } from './accounts/logins.ts'
import { createPasswords } from './accounts/passwords.ts'
import { registerAccountRoutes } from './accounts/routes.ts'
import { holdScopes, refuseNobodysTokens } from './accounts/scopes.ts'
import { registerTokenRoutes } from './accounts/token-routes.ts'
import { createAdmin } from './admin/admin.ts'
import { registerAdminRoutes } from './admin/routes.ts'
import { createImporter } from './archives/import-archive.ts'
import { registerArchiveRoutes } from './archives/routes.ts'
import { createAssignments } from './assignments/assignments.ts'
import { assignmentChannel } from './assignments/channel.ts'
import { createOverviews } from './assignments/overviews.ts'
import { registerAssignmentRoutes } from './assignments/routes.ts'
import { recordAudit } from './audit/audit.ts'
import { startAuditKeeping } from './audit/housekeeping.ts'
import { carryOrigins } from './audit/origin.ts'
import { documentChannel } from './documents/channel.ts'
import { Documents } from './documents/documents.ts'
import { startHousekeeping as startDocumentChores } from './documents/housekeeping.ts'
import { liveProjects } from './documents/live-projects.ts'
import { registerDocumentRoutes } from './documents/routes.ts'
import { takeWritten } from './documents/take-written.ts'
import { yjsSocketHandler } from './documents/yjs-endpoint.ts'
import { embedOriginsOf } from './embeds/embed-origins.ts'
import { createEmbeds } from './embeds/embeds.ts'
import { discovery, registerOEmbed } from './embeds/oembed.ts'
import { registerEmbedRoutes } from './embeds/routes.ts'
import { Admission } from './executions/admission.ts'
import { createAllowances, limitsWithin } from './executions/allowance.ts'
import { Executions } from './executions/executions.ts'
import { startHousekeeping } from './executions/housekeeping.ts'
import { chooseIsolation } from './executions/isolation.ts'
import { limitPolicyOf } from './executions/limits.ts'
import { registerExecutionRoutes } from './executions/routes.ts'
import { executionChannel, executionSocketHandler } from './executions/sockets.ts'
import { openGit } from './git/open-git.ts'
import { registerHealthRoutes } from './health/routes.ts'
import { createHistory } from './history/history.ts'
import { startHistoryKeeping } from './history/housekeeping.ts'
import { registerHistoryRoutes } from './history/routes.ts'
import type { Retention } from './history/thin-versions.ts'
import { createApp } from './http/app.ts'
import { listen, urlOf } from './http/listen.ts'
import { createOrigins } from './http/origins.ts'
import { registerAdminPage } from './pages/admin-page.ts'
import { registerAssignmentPage } from './pages/assignment-page.ts'
import { registerEmbedPage } from './pages/embed-page.ts'
import { registerFirstAdminPage } from './pages/first-admin-page.ts'
import { registerIdentityPages } from './pages/identity-pages.ts'
import { registerJoinPage } from './pages/join-page.ts'
import { registerNewPage } from './pages/new-page.ts'
import { registerPages } from './pages/pages.ts'
import { createPresence } from './presence/presence.ts'
import { startSweeping } from './projects/housekeeping.ts'
import { createProjects } from './projects/projects.ts'
import { registerProjectRoutes } from './projects/routes.ts'
import { loadTemplates } from './projects/templates.ts'
import { memoryCounters } from './quotas/counters.ts'
import { readTiers } from './quotas/quota-tiers.ts'
import { createQuotas } from './quotas/quotas.ts'
import { limitRates } from './quotas/request-rates.ts'
import { registerQuotaRoutes } from './quotas/routes.ts'
import { announce } from './roles/announcement.ts'
import { giveLifeSign } from './roles/life-sign.ts'
import { createReplacer } from './search/replace.ts'
import { registerSearchRoutes } from './search/routes.ts'
import { createSearch } from './search/search.ts'
import { SearchThreads } from './search/search-threads.ts'
import { givenSettings, type Settings, shownSettings } from './settings.ts'
import { contradictionIn, gitRemotesOf, identityProviderOf, tiersBeyond } from './settled-settings.ts'
import { registerProjectAuditRoutes } from './sharing/audit-routes.ts'
import { registerSharingRoutes } from './sharing/routes.ts'
import { createSharing } from './sharing/sharing.ts'
import { Intake } from './sockets/intake.ts'
import { tabSocketHandler } from './sockets/tab-socket.ts'
import { serveSockets } from './sockets/upgrade.ts'
import { startDatabase } from './start-database.ts'
import { gitPlace, openEgress, startSandboxes } from './start-sandboxes.ts'
import { serverChannel } from './status/channel.ts'
import { registerStatusRoutes } from './status/routes.ts'
import type { Status } from './status/status.ts'
import { createStatus } from './status-now.ts'
import { type Variant, variants } from './variants/variants.ts'

export type ServerOptions = {
  readonly settings: Settings
  readonly dataFolder: string
  readonly projectFolder: string
  readonly version: string
  readonly log: Log
}

export type Server = {
  readonly url: string
  readonly status: Status
  /** Goes behind `url`; null: the server has an administrator. */
  readonly firstAdminPath: string | null
  readonly wall: SecondWall
  stop(): Promise<void>
}

/** What is wrong with the settings, as a sentence; null when the server can be started with them. */
export const whyNotStart = (settings: Settings): string | null => contradictionIn(settings, variants[settings.variant].isolation)

/** Starts everything, in order; when one part cannot start, those before it are stopped again. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const stack = new AsyncDisposableStack()
  try {
    return await startParts(options, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function startParts(
  { settings, dataFolder, projectFolder, version, log }: ServerOptions,
  stack: AsyncDisposableStack,
): Promise<Server> {
  const now = Date.now
  const variant = variants[settings.variant]
  const egress = openEgress(settings, dataFolder, log, stack)
  const [database, running] = await Promise.all([
    startDatabase(settings, dataFolder, version, log, stack),
    startSandboxes(settings, variant.isolation, egress, dataFolder, projectFolder, log, stack),
  ])
  const { db, connectionString } = database
  const lifeSign = await giveLifeSign(connectionString, log)
  stack.defer(() => lifeSign.stop())
  const housekeeping = { db, log, now, serverKey: lifeSign.key, retentionHours: settings.retentionHours }
  stack.defer(await startHousekeeping(housekeeping))
  stack.defer(await startAuditKeeping({ db, log, now, keptDays: settings.auditDays }))

  const access = await openAccess({ db, connectionString, log })
  stack.defer(() => access.close())
  const blobs = await openFsBlobs({ folder: join(dataFolder, 'blobs'), keyFile: join(dataFolder, 'keys', 'blobs.json'), now })
  const quotas = createQuotas({ db, tiers: readTiers(settings.tiers), now })
  const files = createProjects({ db, blobs, log, quotas, templates: await loadTemplates(), tellAccess: access.tell })
  stack.defer(() => files.close())
  const documents = new Documents({
    ...{ db, blobs, projects: files, access, engine: engineOf(variant), serverKey: lifeSign.key, log },
    storage: quotas.storage,
  })
  stack.defer(() => documents.close())
  await documents.recover()
  stack.defer(startDocumentChores(documents, db, log))
  const projects = liveProjects(files, documents)
  stack.defer(startSweeping(projects, log))
  const history = createHistory({
    ...{ db, blobs, projects, log },
    takeWritten: (projectId, paths, userId) => takeWritten(documents, { db, blobs }, projectId, paths, userId),
  })
  stack.defer(startHistoryKeeping({ db, blobs, log, now, retention: retentionOf(settings) }))
  const secureCookies = settings.publicUrl?.startsWith('https:') ?? false
  const accounts = createGuestAccounts(db, { now, secureCookies, log })
  const policy = limitPolicyOf(settings)
  const status = createStatus({ version, capabilities: variant.capabilities, policy, running })
  const executions = new Executions({
    ...{ db, log, now, projects, serverKey: lifeSign.key, limits: policy },
    allowances: createAllowances({ db, now, quotas, limits: policy }),
    languages: { list: () => status.news().languages, plan: (work) => running.catalogue.plan(work) },
    egress,
    isolations: { choose: (asked) => chooseIsolation(asked, running.policy, running.tiers) },
    compiled: await BinaryCache.open(join(dataFolder, 'compiled'), settings.compileCacheBytes),
    admission: new Admission(
      {
        atOnce: settings.executionsAtOnce,
        perUser: settings.executionsPerUser,
        queueLength: settings.queueLength,
        waitMs: settings.queueWaitMs,
      },
      now,
    ),
    keptBytes: settings.outputKeptBytes,
  })
  stack.defer(() => executions.close())

  const origins = createOrigins({ host: settings.host, publicUrl: settings.publicUrl })
  const app = await createApp({ log, origins, version, trustProxy: settings.trustProxy === 'yes' })
  carryOrigins(app)
  holdScopes(app, accounts)
  limitRates(app, { accounts, quotas, counters: memoryCounters() })
  refuseNobodysTokens(app, accounts)
  registerHealthRoutes(app, {
    readiness: { check: async () => [await answerOf(log, 'database', () => db.query({ name: 'ping', text: 'SELECT 1' }))] },
    metricsToken: settings.metricsToken,
  })
  const passwords = createPasswords()
  const logins = createLogins({ db, accounts, passwords, attempts: createAttempts(), tellAccess: access.tell })
  const oidc = identityProviderOf(settings)
  const provider = oidc === null ? null : openIdentityProvider(oidc, log)
  registerAccountRoutes(app, accounts, logins.person, provider?.name ?? null)
  if (provider !== null) {
    const identities = createIdentities({ db, accounts, logins })
    registerIdentityPages(app, { accounts, identities, provider, publicUrl: settings.publicUrl ?? null })
  }
  registerLoginRoutes(app, { accounts, logins })
  registerTokenRoutes(app, { accounts, logins, tokens: createApiTokens({ db, accounts }) })
  registerStatusRoutes(app, status, async (request) => {
    const userId = await accounts.knownUser(request)
    const { usual, most } = limitsWithin(policy, userId === null ? quotas.stranger : await quotas.tierOf(userId))
    return { default: usual, maximum: most }
  })
  registerQuotaRoutes(app, { accounts, quotas })
  registerProjectRoutes(app, { projects, accounts })
  const importer = await createImporter(projects, join(dataFolder, 'incoming'), ({ projectId, userId, into, conflicts }, what) =>
    recordAudit(db, { action: 'archive.import', userId, projectId, object: into, details: { ...what, conflicts } }),
  )
  registerArchiveRoutes(app, { projects, accounts, importer })
  const sharing = createSharing({ db, access })
  registerSharingRoutes(app, { sharing, projects, accounts })
  registerProjectAuditRoutes(app, { db, access, accounts })
  registerDocumentRoutes(app, { db, access, accounts })
  registerHistoryRoutes(app, { history, accounts })
  const git = await openGit({
    ...{ db, blobs, projects, log, now, dataFolder, egress, remotes: gitRemotesOf(settings), place: () => gitPlace(running) },
    storage: quotas.storage,
    exportFolder: settings.exportFolder === undefined ? null : resolve(settings.exportFolder),
    ...{ mostMemoryBytes: settings.memoryBytesMax, mostDiskBytes: settings.diskBytesMax },
  })
  stack.defer(() => git.close())
  git.register(app, accounts)
  const threads = new SearchThreads(log)
  stack.defer(() => threads.close())
  const search = createSearch({ projects, threads, log })
  registerSearchRoutes(app, { search, replacer: createReplacer({ db, projects, history, threads }), accounts })
  registerExecutionRoutes(app, { executions, accounts })
  registerJoinPage(app, { accounts, projects, sharing })
  const embedding = { origins: embedOriginsOf(settings.embedOrigins), publicUrl: settings.publicUrl ?? null }
  const embeds = createEmbeds({
    ...{ projects, executions, now, executionsAtOnce: settings.executionsAtOnce, usualLimits: policy.usual },
  })
  registerEmbedRoutes(app, embeds)
  registerOEmbed(app, { embeds, ...embedding })
  registerNewPage(app, { accounts, projects })
  const readServer = () => ({
    ...{ status: status.read(), languages: [...status.news().languages], settings: shownSettings(settings) },
    tiersBeyond: tiersBeyond(settings),
    pools: running.tiers.pools().map(([isolation, pool]) => ({ isolation, counts: { ...pool.snapshot() } })),
  })
  const admin = createAdmin({ db, accounts, passwords, log, readServer, quotas, stopExecution: (id) => executions.stop(id) })
  registerAdminRoutes(app, admin)
  registerAdminPage(app, admin)
  const firstAdmin = await openFirstAdmin(db, now)
  registerFirstAdminPage(app, { accounts, logins, firstAdmin })
  const webFolder = resolve(projectFolder, 'apps/web/dist')
  await registerPages(app, { accounts, projects, status, webFolder, oembedOf: discovery(embedding) })
  await registerEmbedPage(app, { embeds, ...embedding, languages: () => status.news().languages, webFolder })
  const presence = createPresence({ access, accounts, projects })
  stack.defer(() => presence.close())
  const assignments = createAssignments({ db, access, projects, fileAll: (projectId) => documents.fileAll(projectId) })
  const overviews = createOverviews({ db, log, now, access, presence, executions, projects, assignments })
  stack.defer(() => overviews.close())
  registerAssignmentRoutes(app, { assignments, overviews, projects, accounts })
  registerAssignmentPage(app, { accounts, assignments })
  const intake = new Intake()
  const sockets = serveSockets(app, {
    ...{ accounts, origins, log },
    handlers: [
      tabSocketHandler(
        [documentChannel(documents), executionChannel(executions), presence, assignmentChannel(overviews), serverChannel(status)],
        intake,
      ),
      yjsSocketHandler(documents, intake),
      executionSocketHandler(executions),
    ],
  })
  // Settings change with a start, and in no other way.
  await recordAudit(db, {
    action: 'server.start',
    userId: null,
    details: { version, settings: givenSettings(settings).join(' ') },
  })
  const port = await listen(app, settings.host, settings.port)
  stack.defer(() => app.close())
  stack.defer(() => sockets.close())
  const url = urlOf(settings.host, port)
  stack.defer(await announce(dataFolder, url))
  log.info('listening', { url, version, isolation: running.policy.usual })
  running.examineOthers()
  return { url, status, firstAdminPath: firstAdmin.path, wall: database.wall, stop: () => stack.disposeAsync() }
}

const retentionOf = (settings: Settings): Retention => ({
  allDays: settings.historyAllDays,
  hourlyDays: Math.max(settings.historyHourlyDays, settings.historyAllDays),
  deletedDays: settings.historyDeletedDays,
})

const engineOf = ({ capabilities: { text } }: Variant): EngineName | null => (text === 'none' ? null : text)

async function answerOf(
  log: Log,
  name: string,
  ask: () => Promise<unknown>,
): Promise<{ name: string; ok: boolean; detail: string }> {
  try {
    await ask()
    return { name, ok: true, detail: 'answers' }
  } catch (error) {
    log.warn('not ready', { part: name, error })
    return { name, ok: false, detail: 'does not answer' }
  }
}
