/** Menus and popovers in our clothes; behaviour and accessibility are Base UI's. */
import { ContextMenu } from '@base-ui/react/context-menu'
import { Menu } from '@base-ui/react/menu'
import { Popover } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import { shownKeys } from '../commands/keys.ts'
import { Icon, type IconName } from './Icon.tsx'

type Side = 'top' | 'bottom' | 'left' | 'right'

export function MenuButton({
  trigger,
  children,
  side = 'bottom',
  align = 'start',
  onOpenChange,
}: {
  readonly trigger: ReactElement
  readonly children: ReactNode
  readonly side?: Side
  readonly align?: 'start' | 'center' | 'end'
  readonly onOpenChange?: (open: boolean) => void
}) {
  return (
    <Menu.Root modal={false} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="popup-layer" side={side} align={align} sideOffset={6} collisionPadding={8}>
          <Menu.Popup className="popup">{children}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

export function MenuItem({
  icon,
  text,
  detail,
  keys,
  danger,
  disabled,
  onClick,
}: {
  readonly icon?: IconName
  readonly text: ReactNode
  readonly detail?: string | undefined
  readonly keys?: string | undefined
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly onClick: () => void
}) {
  return (
    <Menu.Item className={danger === true ? 'menu-item danger' : 'menu-item'} disabled={disabled ?? false} onClick={onClick}>
      {icon === undefined ? null : <Icon name={icon} />}
      <span className="menu-text">
        {text}
        {detail === undefined ? null : <small>{detail}</small>}
      </span>
      {keys === undefined ? null : <span className="menu-keys">{shownKeys(keys)}</span>}
    </Menu.Item>
  )
}

export function MenuChoices<T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string
  readonly value: T
  readonly choices: readonly {
    readonly value: T
    readonly text: ReactNode
    readonly detail?: string | undefined
    readonly disabled?: boolean
  }[]
  readonly onChange: (value: T) => void
}) {
  return (
    <Menu.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      <Menu.Group>
        <Menu.GroupLabel className="menu-label">{label}</Menu.GroupLabel>
        {choices.map((choice) => (
          <Menu.RadioItem
            key={choice.value}
            value={choice.value}
            className="menu-item"
            disabled={choice.disabled ?? false}
            closeOnClick
          >
            <span className="menu-check">
              <Menu.RadioItemIndicator>
                <Icon name="check" />
              </Menu.RadioItemIndicator>
            </span>
            <span className="menu-text">
              {choice.text}
              {choice.detail === undefined ? null : <small>{choice.detail}</small>}
            </span>
          </Menu.RadioItem>
        ))}
      </Menu.Group>
    </Menu.RadioGroup>
  )
}

export const MenuLine = () => <Menu.Separator className="menu-line" />

/** The same items, at the place of a right click, a long press or the menu key. */
export function ContextMenuArea({
  children,
  menu,
  disabled,
}: {
  readonly children: ReactElement
  readonly menu: ReactNode
  readonly disabled?: boolean
}) {
  return (
    <ContextMenu.Root disabled={disabled ?? false}>
      <ContextMenu.Trigger render={children} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner className="popup-layer" collisionPadding={8}>
          <ContextMenu.Popup className="popup">{menu}</ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  )
}

export function PopoverButton({
  trigger,
  children,
  title,
  side = 'top',
  align = 'start',
}: {
  readonly trigger: ReactElement
  readonly children: ReactNode
  readonly title: string
  readonly side?: Side
  readonly align?: 'start' | 'center' | 'end'
}) {
  return (
    <Popover.Root>
      <Popover.Trigger render={trigger} />
      <Popover.Portal>
        <Popover.Positioner className="popup-layer" side={side} align={align} sideOffset={8} collisionPadding={8}>
          <Popover.Popup className="popup explanation">
            <Popover.Title className="explanation-title">{title}</Popover.Title>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
