import type { Architecture } from './filter.ts'

/** Ours, as the filter knows it. Throws where there is no filter for it. */
export function architecture(): Architecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch
  throw new Error(`no seccomp filter for ${process.arch}: the container driver needs x64 or arm64`)
}
