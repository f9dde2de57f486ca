/** `atelier restore`. */
import { hostname, userInfo } from 'node:os'
import { schemaOf } from '@atelier/storage/backup/manifest'
import { restoreBackup } from '@atelier/storage/backup/restore'
import { readMigrations } from '@atelier/storage/db/migrations'
import type { Data } from './data-folder.ts'
import { megabytes, plural, showProgress } from './progress.ts'
import type { RestoreWish } from './wish.ts'

export async function restore(wish: RestoreWish, { dataFolder, databaseUrl }: Data, signal: AbortSignal): Promise<void> {
  const { file } = wish
  using progress = showProgress()
  const startedAt = performance.now()
  const { manifest, rows, blobs, migrated, aside } = await restoreBackup({
    ...{ file, dataFolder, databaseUrl, replaces: wish.replace, signal, now: new Date() },
    keyFile: wish.keys ?? undefined,
    migrations: await readMigrations(),
    operator: presentAccount(),
    onProgress: ({ doing, readBytes }) => progress.show(`${doing}: ${megabytes(readBytes)}`),
  })
  progress.clear()
  const { atelier, madeAt } = manifest
  if (wish.json) {
    console.log(JSON.stringify({ dataFolder, madeAt, schema: schemaOf(manifest), rows, blobs, migrated, aside }))
    return
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `Restored into ${dataFolder} what Atelier ${atelier} kept on ${madeAt}: ${plural(rows, 'row')}, ${plural(blobs, 'large file')}, in ${seconds} s`,
  )
  if (migrated > 0) console.log(`The backup is of an older schema: ${plural(migrated, 'migration')} brought it up to date.`)
  if (aside !== null) console.log(`What was there before is in ${aside}. Delete it when you do not need it any more.`)
  console.log(
    'People with an account sign in again. API tokens and share links that were revoked after the backup are valid again: look through them.',
  )
}

/** Whoever may do this has the whole machine's data in their hands: more than the name of their account is not known of them. */
function presentAccount(): string {
  try {
    return `${userInfo().username} on ${hostname()}`
  } catch {
    // An account without a name, as containers have it.
    return `account ${process.getuid?.()} on ${hostname()}`
  }
}
