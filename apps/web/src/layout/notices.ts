/** Short messages at the edge of the screen. The library that shows them comes with the first one. */
export type Notices = {
  info(message: string): void
  error(message: string): void
  undoable(message: string, undo: () => void): void
  offer(message: string, action: string, act: () => void): void
  /** A message that changes until it ends. */
  progress(message: string): { update(message: string): void; end(message: string, failed?: boolean): void }
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
    progress(message) {
      const id = `progress-${Math.random()}`
      void show((toast) => toast.loading(message, { id }))
      return {
        update: (next) => void show((toast) => toast.loading(next, { id })),
        end: (next, failed = false) =>
          void show((toast) =>
            failed ? toast.error(next, { id, duration: 8_000 }) : toast.success(next, { id, duration: 4_000 }),
          ),
      }
    },
  }
}
