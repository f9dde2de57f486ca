/** Go to a file, or with ">" in front to a command. */
import { Command } from 'cmdk'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { commands } from '../commands/commands.ts'
import { shownKeys } from '../commands/keys.ts'
import { DialogFrame } from '../design/DialogFrame.tsx'
import { FileIcon } from '../files/FileIcon.tsx'
import { nameOf, parentOf } from '../files/tree.ts'
import { useWorkbench } from '../workbench/context.ts'
import { rankFiles } from './rank-files.ts'
import './palette.css'

const mostFiles = 60
const commandSign = '>'

export default function Palette({ mode }: { readonly mode: 'files' | 'commands' }) {
  const workbench = useWorkbench()
  const { dialogs, files, documents } = workbench
  const [query, setQuery] = useState(mode === 'commands' ? commandSign : '')
  const input = useRef<HTMLInputElement>(null)
  // The keys were caught until now, so that none fell into the code behind.
  useLayoutEffect(() => {
    input.current?.focus()
    const typed = dialogs.takeTyped()
    if (typed !== '') setQuery((before) => before + typed)
  }, [dialogs])
  const isCommands = query.startsWith(commandSign)
  const wanted = (isCommands ? query.slice(1) : query).trim()

  const paths = useMemo(() => {
    const all = [...files.getState().entries.values()].flatMap((entry) => (entry.kind === 'file' ? [entry.path] : []))
    return rankFiles(all, wanted, documents.getState().tabs).slice(0, mostFiles)
  }, [files, documents, wanted])
  const shownCommands = useMemo(() => {
    const words = wanted.toLowerCase().split(/\s+/)
    return commands.filter((command) => {
      if (command.id === 'palette' || command.when?.(workbench) === false) return false
      const text = `${command.group} ${command.title} ${command.otherNames ?? ''}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
  }, [wanted, workbench])

  const finish = (act: () => void): void => {
    dialogs.close()
    // After the dialog has given the focus back.
    requestAnimationFrame(() => requestAnimationFrame(act))
  }
  return (
    <DialogFrame title={isCommands ? 'Commands' : 'Go to file'} hideTitle className="palette">
      <Command label={isCommands ? 'Commands' : 'Files'} shouldFilter={false} loop>
        <Command.Input
          ref={input}
          value={query}
          onValueChange={setQuery}
          className="palette-input"
          placeholder={`File name, or ${commandSign} and a command`}
          spellCheck={false}
          autoCapitalize="off"
        />
        <Command.List className="palette-list">
          <Command.Empty className="palette-empty">
            {isCommands ? 'No such command.' : 'No such file. Type > for commands.'}
          </Command.Empty>
          {isCommands
            ? shownCommands.map((command) => (
                <Command.Item
                  key={command.id}
                  value={command.id}
                  className="palette-item"
                  onSelect={() => finish(() => command.run(workbench))}
                >
                  <span className="palette-group">{command.group}</span>
                  <span className="palette-name">{command.title}</span>
                  {command.keys?.[0] === undefined ? null : <kbd>{shownKeys(command.keys[0])}</kbd>}
                </Command.Item>
              ))
            : paths.map((path) => (
                <Command.Item
                  key={path}
                  value={path}
                  className="palette-item"
                  onSelect={() =>
                    finish(() => {
                      workbench.layout.show('editor')
                      void workbench.editing.open(path)
                    })
                  }
                >
                  <FileIcon path={path} />
                  <span className="palette-name">{nameOf(path)}</span>
                  <span className="palette-folder">{parentOf(path)}</span>
                </Command.Item>
              ))}
        </Command.List>
      </Command>
    </DialogFrame>
  )
}
