/** Whether the server can be reached: what the status bar says, from the socket, from requests and from the browser itself. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { type Api, createApi } from './api.ts'
import { createSocket, type SocketState, socketUrl, type TabSocket } from './socket.ts'

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'offline'

export type Connection = {
  readonly store: StoreApi<{ readonly state: ConnectionState }>
  readonly api: Api
  readonly socket: TabSocket
  /** Called each time the server is there again after it was away. */
  onReturn(listener: () => void): void
}

export function createConnection(): Connection {
  const store = createStore<{ readonly state: ConnectionState }>(() => ({ state: 'connecting' }))
  const listeners: (() => void)[] = []
  let wasAway = false

  const set = (state: ConnectionState): void => {
    if (store.getState().state === state) return
    store.setState({ state })
    if (state === 'reconnecting' || state === 'offline') wasAway = true
    else if (state === 'connected' && wasAway) {
      wasAway = false
      for (const listener of listeners) listener()
    }
  }
  let socketState: SocketState = 'idle'
  const onSocket = (state: SocketState): void => {
    socketState = state
    if (state === 'open') set('connected')
    else if (state === 'waiting') set(navigator.onLine ? 'reconnecting' : 'offline')
  }
  if (typeof window === 'undefined') return { store, api: absentApi, socket: absentSocket, onReturn: () => {} }

  const socket = createSocket(socketUrl(location), onSocket)
  const api = createApi('', (reached) => {
    if (reached && store.getState().state !== 'connected') socket.retry()
  })
  window.addEventListener('offline', () => set('offline'))
  window.addEventListener('online', () => {
    set(socketState === 'open' ? 'connected' : 'reconnecting')
    socket.retry()
  })
  return { store, api, socket, onReturn: (listener) => listeners.push(listener) }
}

/** While the server renders the first page nothing is asked of anybody. */
const absent = (): never => {
  throw new Error('there is no connection while the page is rendered')
}
const absentApi: Api = { ask: absent, json: absent }
const absentSocket: TabSocket = {
  ...{ follow: absent, send: absent, sendBytes: absent, waitingBytes: () => 0, doubt: absent, retry: absent, close: absent },
}
