/** Short messages at the edge of the screen. The library that shows them comes with the first one. */
export type Notices = {
  info(message: string): void
  error(message: string): void
  undoable(message: string, undo: () => void): void
  offer(message: string, action: string, act: () => void): void
  /** A message that changes until it ends. `cancel`: what its button does. */
  progress(message: string, cancel?: () => void): { update(message: string): void; end(message: string, failed?: boolean): void }
}

const undoMs = 10_000

export function createNotices(): Notices {
  const show = async (use: (toast: typeof import('sonner').toast) => void): Promise<void> => {
    const { toast } = await import('./toasts.tsx')
    use(toast)
  }
  return {
    info: (message) => void show((toast) => toast(message)),
    error: (message) => void show((toast) => toast.error(message, { duration: 8_000 })),
    undoable: (message, undo) =>
      void show((toast) => toast(message, { duration: undoMs, action: { label: 'Undo', onClick: undo } })),
    offer: (message, action, act) =>
      void show((toast) => toast(message, { duration: undoMs, action: { label: action, onClick: act } })),
    progress(message, cancel) {
      const id = `progress-${Math.random()}`
      const button = cancel === undefined ? {} : { action: { label: 'Cancel', onClick: cancel } }
      void show((toast) => toast.loading(message, { id, ...button }))
      return {
        update: (next) => void show((toast) => toast.loading(next, { id, ...button })),
        end: (next, failed = false) =>
          void show((toast) =>
            failed
              ? toast.error(next, { id, action: undefined, duration: 8_000 })
              : toast.success(next, { id, action: undefined, duration: 4_000 }),
          ),
      }
    },
  }
}
