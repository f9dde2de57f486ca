/** Hears keys before anybody else does: the same keys work in the editor, in the tree and on the page. */
import type { Workbench } from '../workbench/workbench.ts'
import { type Command, commands } from './commands.ts'
import { comboOf } from './keys.ts'

export function bindKeys(workbench: Workbench): void {
  const byKeys = new Map<string, Command>()
  for (const command of commands) for (const keys of command.keys ?? []) byKeys.set(keys, command)
  window.addEventListener(
    'keydown',
    (event) => {
      const combo = comboOf(event)
      const command = combo === null ? undefined : byKeys.get(combo)
      if (command === undefined || event.isComposing) return
      const { dialog } = workbench.dialogs.store.getState()
      const mayReplace = dialog?.kind !== 'lost-access' && (command.id === 'palette' || command.id === 'quick-open')
      if (dialog !== null && !mayReplace) {
        // A dialog is open: nothing behind it moves, and the browser's "save page" and "reload" stay away.
        if (command.group === 'Run' || command.id === 'save') event.preventDefault()
        return
      }
      if (command.when !== undefined && !command.when(workbench)) return
      event.preventDefault()
      event.stopPropagation()
      if (!event.repeat) command.run(workbench)
    },
    { capture: true },
  )
}
