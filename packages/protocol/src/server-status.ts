/** What the page and scripts are told about the server: capabilities, never a variant's name. */
import { z } from 'zod'
import { ExecutionLimits, IsolationLevel } from './executions.ts'
import { LanguageList, ToolchainState } from './languages.ts'

export const Capabilities = z.object({
  saving: z.enum(['explicit', 'live']),
  text: z.enum(['none', 'ot', 'crdt']),
  output: z.enum(['polled', 'streamed']),
})
export type Capabilities = z.infer<typeof Capabilities>

export const IsolationStatus = z.object({
  level: z.string().describe('process, container, gvisor or microvm'),
  summary: z.string().describe('One sentence: what stands between a program and this machine'),
  findings: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), remedy: z.string() })),
})
export type IsolationStatus = z.infer<typeof IsolationStatus>

/** One that a request may ask for. `examining`: whether it can be used here is being found out. */
export const IsolationOffer = z.object({
  level: IsolationLevel,
  state: z.enum(['examining', 'usable', 'unusable']),
  summary: z.string().describe('One sentence: what it is made of here, or why it cannot be used'),
  findings: IsolationStatus.shape.findings,
})
export type IsolationOffer = z.infer<typeof IsolationOffer>

export const ServerStatus = z
  .object({
    version: z.string(),
    capabilities: Capabilities,
    isolation: IsolationStatus.describe('What a program gets that asks for none'),
    isolations: z.array(IsolationOffer).describe('What a request may ask for with `isolation`, weakest first'),
    toolchain: ToolchainState,
    limits: z.object({ default: ExecutionLimits, maximum: ExecutionLimits }),
  })
  .meta({ id: 'ServerStatus' })
export type ServerStatus = z.infer<typeof ServerStatus>

/** Sent on the tab's socket, channel `server`, when something of it changed. */
export const ServerNews = z.object({
  toolchain: ToolchainState,
  languages: LanguageList.shape.items,
  isolations: ServerStatus.shape.isolations,
})
export type ServerNews = z.infer<typeof ServerNews>
