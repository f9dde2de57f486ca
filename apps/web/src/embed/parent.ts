/**
 * Speaks with the page that has the embed in a frame. Only that page is heard, and only from an origin that the server's setting allows.
 * Until it has said something, all it is told is that the embed is ready; afterwards what is told goes to its origin alone.
 */
export type ParentCommand =
  | { readonly type: 'atelier:hello' | 'atelier:run' | 'atelier:stop' | 'atelier:reset' | 'atelier:getFiles' }
  | { readonly type: 'atelier:setFiles'; readonly files: Readonly<Record<string, string>>; readonly open?: string }
  | { readonly type: 'atelier:input'; readonly data: string }

export type ParentEvent =
  | { readonly type: 'atelier:ready'; readonly version: 1 }
  | { readonly type: 'atelier:started' }
  | { readonly type: 'atelier:output'; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly type: 'atelier:ended'; readonly reason: string; readonly exitCode: number | null }
  | { readonly type: 'atelier:files'; readonly files: Readonly<Record<string, string>> }
  | { readonly type: 'atelier:refused'; readonly message: string }

type Window = { readonly parent: MessageTarget }
export type MessageTarget = { postMessage(message: unknown, origin: string): void }
type Heard = { readonly source: unknown; readonly origin: string; readonly data: unknown }

export type Parent = {
  tell(event: ParentEvent): void
  hear(message: Heard): void
}

const mostFiles = 100
const mostCharacters = 512 * 1024

export function createParent(page: Window, allowed: readonly string[] | null, obey: (command: ParentCommand) => void): Parent {
  let origin: string | null = null
  const post = (event: ParentEvent, to: string): void => {
    if (page.parent !== (page as unknown)) page.parent.postMessage(event, to)
  }
  return {
    tell(event) {
      if (origin !== null) post(event, origin)
      else if (event.type === 'atelier:ready') post(event, '*')
    },
    hear({ source, origin: from, data }) {
      if (source !== page.parent || source === page || from === 'null') return
      if (allowed !== null && !allowed.includes(from)) return
      const command = commandOf(data)
      if (command === null) return
      origin = from
      if (command.type === 'atelier:hello') post({ type: 'atelier:ready', version: 1 }, from)
      else obey(command)
    },
  }
}

/** null: not for us, or not in the form that we take. */
export function commandOf(data: unknown): ParentCommand | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null
  switch (data.type) {
    case 'atelier:hello':
    case 'atelier:run':
    case 'atelier:stop':
    case 'atelier:reset':
    case 'atelier:getFiles':
      return { type: data.type }
    case 'atelier:input':
      return 'data' in data && typeof data.data === 'string' && data.data.length <= 64 * 1024
        ? { type: data.type, data: data.data }
        : null
    case 'atelier:setFiles': {
      const files = 'files' in data && typeof data.files === 'object' && data.files !== null ? Object.entries(data.files) : []
      if (
        files.length === 0 ||
        files.length > mostFiles ||
        !files.every(([path, text]) => path !== '' && typeof text === 'string')
      )
        return null
      if (files.reduce((sum, [, text]) => sum + (text as string).length, 0) > mostCharacters) return null
      const open = 'open' in data && typeof data.open === 'string' ? { open: data.open } : {}
      return { type: data.type, files: Object.fromEntries(files) as Record<string, string>, ...open }
    }
    default:
      return null
  }
}
