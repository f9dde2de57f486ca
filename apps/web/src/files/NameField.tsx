/** The text field in the tree: names what is new, or renames what is there; says at once what is wrong with a name. */
import { useEffect, useId, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { FileIcon } from './FileIcon.tsx'
import { whyNotName } from './names.ts'
import { joinPath, nameOf } from './tree.ts'

export function NameField({ level }: { readonly level: number }) {
  const workbench = useWorkbench()
  const { files, changes } = workbench
  const naming = useStore(files, (state) => state.naming)
  const before = naming?.kind === 'rename' ? nameOf(naming.path) : ''
  const [name, setName] = useState(before)
  const [touched, setTouched] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  const id = useId()

  useEffect(() => {
    const element = input.current
    if (element === null) return
    element.focus()
    const dot = before.lastIndexOf('.')
    element.setSelectionRange(0, dot > 0 ? dot : before.length)
  }, [before])

  if (naming === null) return null
  const isFolder =
    naming.kind === 'new-folder' || (naming.kind === 'rename' && files.getState().entries.get(naming.path)?.kind === 'folder')
  const why = whyNotName(files.getState().entries, naming.folder, name, naming.kind === 'rename' ? naming.path : undefined)
  const shown = touched && name !== '' ? why : null

  const finish = (keep: boolean, refocus = true): void => {
    if (done.current) return
    if (keep && why !== null) {
      setTouched(true)
      return
    }
    done.current = true
    files.setState({ naming: null })
    if (refocus) document.querySelector<HTMLElement>('[role="tree"]')?.focus()
    if (!keep) return
    const path = joinPath(naming.folder, name)
    if (naming.kind === 'rename') {
      if (path !== naming.path) void changes.move(naming.path, path)
    } else if (naming.kind === 'new-folder') void changes.createFolder(path)
    else {
      workbench.layout.show('editor')
      void changes.createFile(path)
    }
  }
  return (
    <div className="tree-row naming" style={{ paddingLeft: 8 + (level - 1) * 14 }}>
      <span className="tree-twist" />
      {isFolder ? (
        <span className="icon file-icon" data-tone="folder">
          <Icon name="folder" />
        </span>
      ) : (
        <FileIcon path={name} />
      )}
      <input
        ref={input}
        className="name-input"
        value={name}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        aria-label={
          naming.kind === 'rename' ? `New name of ${before}` : isFolder ? 'Name of the new folder' : 'Name of the new file'
        }
        aria-invalid={shown !== null}
        aria-describedby={shown === null ? undefined : id}
        placeholder={isFolder ? 'folder' : 'name.py'}
        onChange={(event) => {
          setName(event.target.value.normalize('NFC'))
          setTouched(true)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') finish(true)
          else if (event.key === 'Escape') finish(false)
          event.stopPropagation()
        }}
        onBlur={() => finish(why === null && name !== before, false)}
      />
      {shown === null ? null : (
        <span id={id} className="name-problem" role="alert">
          {shown}
        </span>
      )}
    </div>
  )
}
