import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { useWorkbench } from '../workbench/context.ts'

/** A dialog: focus stays in it, Escape and a click outside close it, the focus then goes back to where it was. */
export function DialogFrame({
  title,
  hideTitle,
  className,
  children,
  onClose,
}: {
  readonly title: string
  readonly hideTitle?: boolean
  readonly className?: string
  readonly children: ReactNode
  readonly onClose?: () => void
}) {
  const { dialogs } = useWorkbench()
  return (
    <Dialog.Root
      open
      onOpenChange={(open) => {
        if (open) return
        onClose?.()
        dialogs.close()
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="dialog-scrim" />
        <Dialog.Popup className={`dialog ${className ?? ''}`}>
          <Dialog.Title render={<h2 className={hideTitle === true ? 'visually-hidden' : ''}>{title}</h2>} />
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
