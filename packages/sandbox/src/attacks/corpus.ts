/**
 * The attack corpus: hostile programs as data, in `packages/sandbox/attacks/<class>/<name>/`.
 *
 * Each folder has an `attack.json` (what it tries and what may come of it) and the program's files. A program that got
 * somewhere it must not prints a line that begins with ESCAPED; programs in Python find `attack.py` from the kit beside them.
 * Words like @PORT@ in a program stand for canaries on the host, which are made anew for each run of the corpus.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type EndReason, isolations, type SandboxFile, type SandboxLimits } from '../sandbox.ts'

export const attacksFolder = join(import.meta.dirname, '../../attacks')

const endReasons = [
  ...['exited', 'signalled', 'wall', 'cpu', 'oom', 'output', 'disk', 'processes', 'killed', 'infrastructure'],
] as const satisfies readonly EndReason[]

const Limits = z
  .object({
    ...{ cpuMs: z.int(), wallMs: z.int(), memoryBytes: z.int(), processes: z.int(), diskBytes: z.int(), diskFiles: z.int() },
    outputBytes: z.int(),
  })
  .partial()
  .strict()

/** Files that a folder of a source tree cannot hold well: odd names, many of them, or large ones. */
const OddFile = z.strictObject({
  path: z.string().describe('`#` becomes the number of the copy'),
  text: z.string().optional(),
  bytes: z.int().optional().describe('So many zero bytes instead of a text'),
  copies: z.int().default(1),
})

export const AttackText = z.strictObject({
  tries: z.string().describe('One sentence: what the program wants'),
  warmth: z.enum(['python', 'node', 'exec']),
  argv: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  stdinBytes: z.int().default(0).describe('So many bytes are offered as input at once'),
  limits: Limits.default({}),
  ends: z.array(z.enum(endReasons)).min(1).describe('How it may end; anything else is a hole'),
  exitCode: z.int().nullable().optional().describe('The exit code that it must have if it exits, where the attack is on that'),
  prints: z.string().optional().describe('What must be in its output, where the attack is on that'),
  refused: z.boolean().default(false).describe('The driver must not even start it'),
  collect: z.array(z.string()).default([]),
  artefacts: z.strictObject({ files: z.int(), bytes: z.int() }).optional(),
  terminal: z.strictObject({ columns: z.int(), rows: z.int() }).optional(),
  next: z.array(z.string()).optional().describe('argv of a program that the next box runs, with the same files'),
  repeat: z.int().default(1),
  files: z.array(OddFile).default([]),
  needs: z.array(z.string()).default([]).describe('Programs that must be in the root, by absolute path'),
  architecture: z.enum(['x64', 'arm64']).optional(),
  fast: z.boolean().default(false).describe('Part of the subset that every run of the tests includes'),
  ownKernel: z
    .boolean()
    .default(false)
    .describe('What it does is to a kernel; where the box has one of its own, it has got nowhere by that'),
  notStoppedBy: z.array(z.enum(isolations)).default([]).describe('Isolations that are known not to stop it; they say so'),
})

export type Attack = Omit<z.infer<typeof AttackText>, 'files' | 'limits'> & {
  /** `escapes/mounts` */
  readonly name: string
  readonly files: readonly SandboxFile[]
  readonly limits: Partial<SandboxLimits>
}

/** All attacks, by name, whose name contains `pattern`. `words` are put in the place of @NAME@ in every text. */
export async function loadAttacks(pattern = '', words: Readonly<Record<string, string>> = {}): Promise<Attack[]> {
  const attacks: Attack[] = []
  const kit = await readFile(join(attacksFolder, 'kit', 'attack.py'), 'utf8')
  for (const group of await foldersIn(attacksFolder)) {
    if (group === 'kit') continue
    for (const name of await foldersIn(join(attacksFolder, group))) {
      if (`${group}/${name}`.includes(pattern)) attacks.push(await loadAttack(`${group}/${name}`, kit, words))
    }
  }
  return attacks
}

async function loadAttack(name: string, kit: string, words: Readonly<Record<string, string>>): Promise<Attack> {
  const folder = join(attacksFolder, name)
  const text = AttackText.safeParse(JSON.parse(await readFile(join(folder, 'attack.json'), 'utf8')))
  if (!text.success) throw new Error(`${name}/attack.json: ${z.prettifyError(text.error)}`)
  const own = (await readdir(folder)).filter((file) => file !== 'attack.json').sort()
  const files: SandboxFile[] = []
  const add = (path: string, content: string) => files.push({ path, content: Buffer.from(fill(content, words)) })
  for (const file of own) add(file, await readFile(join(folder, file), 'utf8'))
  if (own.some((file) => file.endsWith('.py'))) add('attack.py', kit)
  for (const odd of text.data.files) {
    for (let copy = 0; copy < odd.copies; copy += 1) {
      const path = odd.path.replaceAll('#', String(copy))
      if (odd.bytes === undefined) add(path, odd.text ?? '')
      else files.push({ path, content: Buffer.alloc(odd.bytes) })
    }
  }
  const limits = Object.fromEntries(Object.entries(text.data.limits).filter(([, value]) => value !== undefined))
  return { ...text.data, name, files, limits, environment: mapValues(text.data.environment, words) }
}

function mapValues(record: Readonly<Record<string, string>>, words: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fill(value, words)]))
}

function fill(text: string, words: Readonly<Record<string, string>>): string {
  return text.replaceAll(/@([A-Z_]+)@/g, (whole, word: string) => words[word] ?? whole)
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
