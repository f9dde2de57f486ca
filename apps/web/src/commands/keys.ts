/** Key combinations, written as in VS Code: "Mod+Shift+P". Mod is Ctrl, or Cmd on a Mac. */

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** The combination of an event, or null for a bare letter, which belongs to whoever has the focus. */
export function comboOf(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>,
  mac = isMac,
): string | null {
  const mod = mac ? event.metaKey : event.ctrlKey
  const key = keyOf(event)
  const isFunctionKey = /^F\d{1,2}$/.test(key)
  // Some things stay on Ctrl on a Mac too (terminal, Tab moves focus), as in VS Code.
  const ctrlOnMac = mac && event.ctrlKey && !event.metaKey
  const altLetter = event.altKey && /^Key[A-Z]$/.test(event.code)
  if (!mod && !isFunctionKey && !ctrlOnMac && !altLetter) return null
  return [mod ? 'Mod' : '', ctrlOnMac ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey ? 'Shift' : '', key]
    .filter((part) => part !== '')
    .join('+')
}

function keyOf({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string {
  // By place on the keyboard, because with modifiers `key` is another character on many layouts.
  if (code === 'Backquote') return '`'
  if (/^Key[A-Z]$/.test(code) && !/^[a-z]$/i.test(key)) return code.slice(3)
  return key.length === 1 ? key.toUpperCase() : key
}

const macSigns: Readonly<Record<string, string>> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Ctrl: '⌃', Enter: '↩' }

/** As shown to people: "Ctrl+Shift+P" or "⇧⌘P". */
export function shownKeys(keys: string, mac = isMac): string {
  const parts = keys.split('+')
  if (!mac) return parts.map((part) => (part === 'Mod' ? 'Ctrl' : part)).join('+')
  const order = ['Ctrl', 'Alt', 'Shift', 'Mod']
  const signs = order.filter((part) => parts.includes(part)).map((part) => macSigns[part])
  return [...signs, ...parts.filter((part) => !order.includes(part)).map((part) => macSigns[part] ?? part)].join('')
}
