/** The gap between two panels: drag it, or focus it and use the arrow keys; a double click brings back the usual size. */
import { useStore } from 'zustand'
import { useWorkbench } from '../workbench/context.ts'
import { type Sizes, sizeBounds } from './layout.ts'

const keyStep = 24

type Props = {
  readonly which: keyof Sizes
  readonly label: string /** Which way the panel grows. */
  readonly grows: 'right' | 'left' | 'up'
}

export function Resizer({ which, label, grows }: Props) {
  const { layout } = useWorkbench()
  const size = useStore(layout.store, (state) => state.sizes[which])
  const { least, usual, most } = sizeBounds[which]
  const sign = grows === 'right' ? 1 : -1
  const isHorizontal = grows !== 'up'
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved; this is the window splitter of ARIA
    <div
      className={`resizer ${isHorizontal ? 'across' : 'down'} ${which}`}
      role="separator"
      aria-label={label}
      aria-orientation={isHorizontal ? 'vertical' : 'horizontal'}
      aria-valuenow={size}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      onDoubleClick={() => layout.resize(which, usual)}
      onPointerDown={(event) => {
        const start = isHorizontal ? event.clientX : event.clientY
        const { currentTarget, pointerId } = event
        currentTarget.setPointerCapture(pointerId)
        const move = (moved: PointerEvent): void =>
          layout.resize(which, size + sign * ((isHorizontal ? moved.clientX : moved.clientY) - start))
        const end = (): void => {
          currentTarget.removeEventListener('pointermove', move)
          document.documentElement.classList.remove('resizing')
        }
        document.documentElement.classList.add('resizing')
        currentTarget.addEventListener('pointermove', move)
        currentTarget.addEventListener('lostpointercapture', end, { once: true })
      }}
      onKeyDown={(event) => {
        const step = {
          ArrowRight: isHorizontal ? 1 : 0,
          ArrowLeft: isHorizontal ? -1 : 0,
          ArrowDown: isHorizontal ? 0 : 1,
          ArrowUp: isHorizontal ? 0 : -1,
        }[event.key]
        if (step !== undefined && step !== 0) layout.resize(which, size + sign * step * keyStep)
        else if (event.key === 'Home') layout.resize(which, least)
        else if (event.key === 'End') layout.resize(which, most)
        else if (event.key === 'Enter') layout.resize(which, usual)
        else return
        event.preventDefault()
      }}
    />
  )
}
