/** What the command line wants done. Paths are absolute. */
import { z } from 'zod'

const Place = z.object({
  dataFolder: z.string().min(1),
  json: z.boolean(),
  version: z.string(),
})
const path = z.string().min(1)

const BackupWish = Place.extend({
  verb: z.literal('backup'),
  to: path,
  /** The folder is made when it is not there. */
  isFolder: z.boolean(),
  keep: z.int().positive().nullable(),
  withKeys: z.boolean(),
  databaseOnly: z.boolean(),
})
const VerifyWish = Place.extend({ verb: z.literal('verify'), file: path, keys: path.nullable() })
const RestoreWish = Place.extend({ verb: z.literal('restore'), file: path, keys: path.nullable(), replace: z.boolean() })

export type BackupWish = z.infer<typeof BackupWish>
export type VerifyWish = z.infer<typeof VerifyWish>
export type RestoreWish = z.infer<typeof RestoreWish>
export const Wish = z.discriminatedUnion('verb', [BackupWish, VerifyWish, RestoreWish])
