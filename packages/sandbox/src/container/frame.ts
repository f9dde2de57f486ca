/**
 * What a box is told when it starts: a length (u32, big endian), a header, then the files' bytes one after another. The header
 * is a list of strings, each ended by NUL (inside/program.py describes it): quicker to read for a fresh fork than JSON.
 * Checked here once; the box checks paths again with nothing but the program's own rights.
 */

import { crc32 } from 'node:zlib'
import { withProxyVariables } from '../egress/environment.ts'
import type { ArtefactBounds, Program, SandboxFile, SandboxLimits } from '../sandbox.ts'

/** `kind=value`, the kind as the kernel numbers it. */
export type ProcessLimits = readonly string[]

/** Numbers of asm-generic/resource.h, the same on all our architectures. */
const resource = { cpu: 0, fileSize: 1, data: 2, processes: 6 } as const

/** Bytes in the order of sending. Contents are not copied, unless all is small. `environment` is added to the box's own. */
export function encodeFrame(program: Program, limits: ProcessLimits): Uint8Array[] {
  const environment = Object.entries(withProxyVariables(program).environment)
  const strings = [
    program.argv.length,
    ...program.argv,
    environment.length,
    ...environment.flat(),
    limits.length,
    ...limits,
    program.files.length,
    ...program.files.flatMap((file) => [file.path, file.content.byteLength, file.executable === true ? 'x' : '']),
    ...(program.terminal === undefined ? [0] : [1, 'terminal']),
  ]
  const header = Buffer.from(`${strings.join('\0')}\0`)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(header.byteLength)
  const contents = program.files.map((file) => file.content).filter((content) => content.byteLength > 0)
  const small = contents.reduce((sum, content) => sum + content.byteLength, header.byteLength) <= 60_000
  return small ? [Buffer.concat([length, header, ...contents])] : [length, header, ...contents]
}

/** What the init needs to know of the placed files to tell which of them the program changed. */
export function artefactRequest(program: Program, { files, bytes }: ArtefactBounds): string {
  // A line ends at its end; a path that holds one counts as the program's own.
  const placed = program.files.filter(({ path }) => !path.startsWith('/') && !path.includes('\n'))
  return [files, bytes, ...placed.flatMap(({ path, content }) => [path, content.byteLength, crc32(content)])].join('\0')
}

/** Throws a RangeError for a program no box may be given. That is the caller's bug: requests were validated before. */
export function checkProgram(program: Program): void {
  if (program.argv.length === 0 || program.argv[0] === '') throw new RangeError('argv is empty')
  for (const word of program.argv) if (word.includes('\0')) throw new RangeError('argv contains NUL')
  for (const [name, value] of Object.entries(program.environment)) {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0'))
      throw new RangeError(`not an environment variable: ${JSON.stringify(name)}`)
  }
  for (const file of program.files) checkPath(file)
  for (const [name, value] of Object.entries(program.limits)) {
    if (!Number.isSafeInteger(value) || value <= 0) throw new RangeError(`limit ${name} is ${value}`)
  }
  const { columns = 1, rows = 1 } = program.terminal ?? {}
  const { files = 0, bytes = 0 } = program.artefacts ?? {}
  for (const number of [columns, rows, files, bytes])
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${number} is no size of a terminal or of artefacts`)
}

function checkPath(file: SandboxFile): void {
  const absolute = file.path.startsWith('/')
  const parts = file.path.split('/').slice(absolute ? 2 : 0)
  const plain =
    parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..') && !file.path.includes('\0')
  if (!plain || (absolute && !file.path.startsWith('/tmp/')))
    throw new RangeError(`not a path for a box: ${JSON.stringify(file.path)}`)
}

/** Address space that counts as data although nobody uses it; Node alone maps more than half a gigabyte for code. */
const UNUSED_DATA_BYTES = 1024 * 1024 * 1024

/** Limits the kernel holds per process: the second line behind those of the group, or of the init's watch without groups. */
export function processLimits(limits: SandboxLimits, groups: boolean): ProcessLimits {
  // The disk is full before a file is as large as RLIMIT_FSIZE; that one is for files that are mostly holes.
  const shared = [`${resource.cpu}=${Math.ceil(limits.cpuMs / 1000) + 1}`, `${resource.fileSize}=${2 * limits.diskBytes}`]
  if (groups) return shared
  return [...shared, `${resource.data}=${limits.memoryBytes + UNUSED_DATA_BYTES}`, `${resource.processes}=${limits.processes}`]
}
