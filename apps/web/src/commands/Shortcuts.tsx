import { DialogFrame } from '../design/DialogFrame.tsx'
import { commands } from './commands.ts'
import { shownKeys } from './keys.ts'

const editorKeys: readonly (readonly [string, string])[] = [
  ['Comment lines', 'Mod+/'],
  ['Move lines', 'Alt+↑ / ↓'],
  ['Select next occurrence', 'Mod+D'],
  ['Undo, redo', 'Mod+Z'],
]
const treeKeys: readonly (readonly [string, string])[] = [
  ['Move, open and close folders', '↑ ↓ → ←'],
  ['Open', 'Enter'],
  ['Rename', 'F2'],
  ['Delete', 'Delete'],
]

export default function Shortcuts() {
  const groups = ['Run', 'File', 'Go', 'View', 'Help'] as const
  return (
    <DialogFrame title="Keyboard shortcuts" className="wide">
      <div className="shortcuts">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {commands
                .filter((command) => command.group === group && (command.keys !== undefined || command.editorKeys !== undefined))
                .map((command) => (
                  <Shortcut
                    key={command.id}
                    text={command.title}
                    keys={
                      command.editorKeys ??
                      (command.keys ?? []).filter((keys) => keys !== 'Ctrl+M' && keys !== 'Ctrl+`').join(' ')
                    }
                  />
                ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Files</h3>
          <dl>
            {treeKeys.map(([text, keys]) => (
              <Shortcut key={text} text={text} keys={keys} spaced={false} />
            ))}
          </dl>
        </section>
        <section>
          <h3>Editor</h3>
          <dl>
            {editorKeys.map(([text, keys]) => (
              <Shortcut key={text} text={text} keys={keys} spaced={false} />
            ))}
          </dl>
        </section>
      </div>
    </DialogFrame>
  )
}

function Shortcut({ text, keys, spaced = true }: { readonly text: string; readonly keys: string; readonly spaced?: boolean }) {
  return (
    <div>
      <dt>{text}</dt>
      <dd>
        {(spaced ? keys.split(' ') : [keys]).map((each) => (
          <kbd key={each}>{shownKeys(each)}</kbd>
        ))}
      </dd>
    </div>
  )
}
