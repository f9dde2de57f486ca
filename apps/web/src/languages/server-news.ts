/** What the server can run, as it tells the page and as it changes while toolchains arrive. */
import type { Language } from '@atelier/protocol/languages'
import type { PageBoot } from '@atelier/protocol/page-boot'
import type { ServerNews, ServerStatus } from '@atelier/protocol/server-status'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Connection } from '../connection/connection.ts'

export type ServerState = { readonly languages: readonly Language[]; readonly status: ServerStatus }
export type ServerStore = StoreApi<ServerState>

export const createServerStore = (boot: PageBoot): ServerStore =>
  createStore(() => ({ languages: boot.languages, status: boot.status }))

/** Follows the server’s news; says when languages have become ready. */
export function followServer(store: ServerStore, connection: Connection, tell: (message: string) => void): void {
  connection.socket.follow('server', () => 0, {
    message(message) {
      if (!('toolchain' in message)) return
      const news: ServerNews = message
      const before = store.getState()
      const arrived = news.languages.filter(
        (language) => language.available && before.languages.some((each) => each.id === language.id && !each.available),
      )
      store.setState({
        languages: news.languages,
        status: { ...before.status, toolchain: news.toolchain, isolations: news.isolations },
      })
      if (arrived.length > 0) tell(`${listed(arrived.map((language) => language.name))} can be run now.`)
    },
    refused() {},
  })
}

/** "A", "A and B", "A, B and C". */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
