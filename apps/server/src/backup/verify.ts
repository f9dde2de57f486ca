/** `atelier backup --verify` reads one from beginning to end. */
import { schemaOf } from '@atelier/storage/backup/manifest'
import { BackupRefusal } from '@atelier/storage/backup/refusal'
import { verifyBackup } from '@atelier/storage/backup/verify'
import { megabytes, plural, showProgress } from './progress.ts'
import type { VerifyWish } from './wish.ts'

export async function verify({ file, keys, json }: VerifyWish, signal: AbortSignal): Promise<void> {
  using progress = showProgress()
  const { manifest, end, damagedBlobs, blobsRead } = await verifyBackup({
    ...{ file, signal, keyFile: keys ?? undefined },
    onProgress: (readBytes) => progress.show(`read ${megabytes(readBytes)}`),
  })
  progress.clear()
  const rows = Object.values(end.rows).reduce((sum, count) => sum + count, 0)
  const { atelier, madeAt, contents, withKeys } = manifest
  const schema = schemaOf(manifest)
  if (json) {
    const said = { file, atelier, madeAt, contents, withKeys, schema, rows: end.rows, blobs: end.blobs, blobsRead, damagedBlobs }
    console.log(JSON.stringify(said))
  } else {
    const unread = blobsRead || end.blobs === 0 ? '' : ', which were not looked into: their keys are not in it (--keys FILE)'
    console.log(
      `${file} is whole: made ${madeAt} by Atelier ${atelier}, schema ${schema}, ${plural(rows, 'row')}, ${plural(end.blobs, 'large file')}${unread}`,
    )
  }
  if (damagedBlobs.length > 0)
    throw new BackupRefusal(
      'damaged',
      `${plural(damagedBlobs.length, 'large file')} in it cannot be read with its keys, first ${damagedBlobs[0]}.`,
    )
}
