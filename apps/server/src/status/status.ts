/** What the server tells about itself, and who hears when it changes. */
import type { ServerNews, ServerStatus } from '@atelier/protocol/server-status'

export interface Status {
  read(): ServerStatus
  news(): ServerNews
  /** Calls back after every change of languages or toolchain; returns the function that stops it. */
  onChange(listener: () => void): () => void
}
