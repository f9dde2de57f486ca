/** Writes the README's configuration table from the settings; `apps/server/src/settings.test.ts` fails when it is out of date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownOf } from '@atelier/base/settings'
import { settingTable } from '../apps/server/src/settings.ts'

const file = join(import.meta.dirname, '../README.md')
const readme = readFileSync(file, 'utf8')
const table = /(<!-- settings:[^>]*-->)[\s\S]*?(<!-- \/settings -->)/
if (!table.test(readme)) throw new Error('README.md has no settings markers')
writeFileSync(
  file,
  readme.replace(table, (_all, begin: string, end: string) => `${begin}\n${markdownOf(settingTable)}\n${end}`),
)
