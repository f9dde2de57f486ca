import { useStore } from 'zustand'
import { useWorkbench } from '../workbench/context.ts'
import type { ConnectionState } from './connection.ts'

const texts: Readonly<Record<ConnectionState, readonly [string, string]>> = {
  connecting: ['Connecting', 'Opening the connection to the server'],
  connected: ['Connected', 'Connected to the server'],
  reconnecting: ['Reconnecting …', 'The server does not answer. Atelier keeps trying; what you type is kept on this device.'],
  offline: ['Offline', 'This device has no network. What you type is kept here and saved when it is back.'],
}

export function ConnectionStatus() {
  const { connection } = useWorkbench()
  const state = useStore(connection.store, (store) => store.state)
  const [text, title] = texts[state]
  return (
    <span className="status-item" title={title} data-connection={state} role="status">
      <span className="dot" />
      <span className="status-text">{text}</span>
    </span>
  )
}
