/** Who is here, at the top right: a few faces and how many there are. The list behind them is loaded when it is first opened. */
import { Popover } from '@base-ui/react/popover'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { Avatar } from './Avatar.tsx'
import { inOrder } from './persons.ts'
import './people.css'

const PeopleList = lazy(() => import('./PeopleList.tsx'))

/** Faces beside my own; the others are in the number. */
const mostFaces = 3

export function PeopleButton() {
  const { people, documents } = useWorkbench()
  const { persons, more } = useStore(people.store)
  const active = useStore(documents, (state) => state.active)
  const ordered = useMemo(() => inOrder(persons, active), [persons, active])
  const [open, setOpen] = useState(false)
  const me = ordered.find(({ isMe }) => isMe)
  const others = ordered.filter(({ isMe }) => !isMe)
  const faces = others.slice(0, mostFaces)
  const count = ordered.length + more
  const label = count === 0 ? 'People' : count === 1 ? 'People: you are alone here' : `People: ${count} here`
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={<button type="button" className="people-button" aria-label={label} title={label} />}>
        {faces.map((person) => (
          <Avatar key={person.userId} name={person.name} color={person.color} />
        ))}
        {me === undefined ? (
          <span className="avatar avatar-nobody">
            <Icon name="person" />
          </span>
        ) : (
          <Avatar name={me.name} color={me.color} />
        )}
        {count > 1 ? <span className="people-count figures">{count}</span> : null}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="popup-layer" side="bottom" align="end" sideOffset={6} collisionPadding={8}>
          <Popover.Popup className="popup people-popup" data-people>
            <Popover.Title className="people-title">{count < 2 ? 'People' : `${count} people here`}</Popover.Title>
            <Suspense fallback={<span className="spinner" />}>
              <PeopleList ordered={ordered} more={more} onDone={() => setOpen(false)} />
            </Suspense>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
