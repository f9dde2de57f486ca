/** How a driver tells what this machine offers: facts, and what follows from them. */
import { readFileSync } from 'node:fs'
import type { Finding, Probe } from '../sandbox.ts'

export const found = (name: string, detail: string): Finding => ({ name, ok: true, detail, remedy: '' })

export const missing = (name: string, detail: string, remedy: string): Finding => ({ name, ok: false, detail, remedy })

/** The latest finding that is not ok decides, unless it makes sandboxes only `weaker`. */
export function conclude(findings: readonly Finding[], summary: string, weaker: readonly string[] = []): Probe {
  const lacking = lackingOf(findings, weaker)
  return lacking === undefined ? { usable: true, summary, findings } : notUsable(lacking.detail, findings)
}

export function lackingOf(findings: readonly Finding[], weaker: readonly string[]): Finding | undefined {
  return findings.findLast(({ ok, name }) => !ok && !weaker.includes(name))
}

export const notUsable = (detail: string, findings: readonly Finding[]): Probe => {
  return { usable: false, summary: `not usable here: ${detail}`, findings }
}

/** Why a sandbox could not be opened: drivers put a sentence of their own around it. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** The kernel's setting at `path`, or null where it has none. */
export function kernelSetting(path: string): number | null {
  try {
    return Number(readFileSync(path, 'latin1'))
  } catch {
    return null
  }
}
