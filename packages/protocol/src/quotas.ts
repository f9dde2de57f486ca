/** What a user may use of the server, and what they use of it. */
import { z } from 'zod'

const most = (meaning: string) =>
  z
    .int()
    .min(0)
    .max(2 ** 50)
    .nullable()
    .describe(`${meaning}; null: as much as anybody`)

/** The numbers of a tier. The server's own limits hold beside them: the smaller one counts. */
export const QuotaTier = z.object({
  executionsPerHour: most('Programs that may be started in an hour'),
  executionsAtOnce: most('Programs that may run at once'),
  wallMs: most('The longest wall time that a request may ask for, milliseconds'),
  cpuMs: most('The most CPU time that a request may ask for, milliseconds'),
  memoryBytes: most('The most memory that a request may ask for'),
  storageBytes: most('All files of all own projects together'),
  projects: most('Own projects'),
  filesPerProject: most('Files and folders of one project'),
  readsPerMinute: most('Requests a minute that change nothing'),
  writesPerMinute: most('Requests a minute that change something'),
  executionsPerMinute: most('Requests a minute to run a program'),
})
export type QuotaTier = z.infer<typeof QuotaTier>

export const QuotaUse = z.object({
  storageBytes: z.int(),
  projects: z.int(),
  executionsLastHour: z.int(),
})
export type QuotaUse = z.infer<typeof QuotaUse>

export const Quota = z
  .object({ tier: z.string().describe('The name of the tier'), most: QuotaTier, used: QuotaUse })
  .meta({ id: 'Quota' })
export type Quota = z.infer<typeof Quota>
