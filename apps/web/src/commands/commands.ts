/** Everything that can be done by name: the palette lists it, keys start it, the shortcuts dialog prints it. */
import { mayWrite } from '../projects/access.ts'
import { openFork } from '../projects/fork-project.ts'
import type { Workbench } from '../workbench/workbench.ts'
import { accountCommands } from './account-commands.ts'

export type Command = {
  readonly id: string
  readonly title: string
  readonly group: 'Run' | 'File' | 'View' | 'Project' | 'Account' | 'Go' | 'Help'
  /** Words that somebody may look for instead of those of the title. */
  readonly otherNames?: string
  /** The first is the one that is shown. */
  readonly keys?: readonly string[]
  /** Keys that the editor itself listens to. */
  readonly editorKeys?: string
  readonly run: (workbench: Workbench) => void
  /** Absent means always. */
  readonly when?: (workbench: Workbench) => boolean
}

const canWrite = (workbench: Workbench): boolean => mayWrite(workbench.access.getState())
const activePath = (workbench: Workbench): string | null => workbench.documents.getState().active

export const commands: readonly Command[] = [
  { id: 'run', title: 'Run', group: 'Run', keys: ['Mod+Enter', 'F5'], run: (w) => w.run() },
  { id: 'stop', title: 'Stop', group: 'Run', keys: ['Shift+F5'], run: (w) => w.executions.stop() },
  { id: 'clear-output', title: 'Clear output', group: 'Run', run: (w) => w.executions.clear() },
  {
    id: 'end-input',
    title: 'End of input for the program (Ctrl+D in its input line)',
    group: 'Run',
    run: (w) => w.executions.endInput(),
  },
  { id: 'save', title: 'Save', group: 'File', keys: ['Mod+S'], run: (w) => void w.save() },
  { id: 'new-file', title: 'New file', group: 'File', when: canWrite, run: (w) => w.startNaming('new-file') },
  { id: 'new-folder', title: 'New folder', group: 'File', when: canWrite, run: (w) => w.startNaming('new-folder') },
  {
    id: 'rename-file',
    title: 'Rename this file',
    group: 'File',
    when: (w) => canWrite(w) && activePath(w) !== null,
    run: (w) => w.startRename(activePath(w)),
  },
  {
    id: 'close-tab',
    title: 'Close tab',
    group: 'File',
    keys: ['Alt+W'],
    when: (w) => activePath(w) !== null,
    run: (w) => w.closeTab(),
  },
  {
    id: 'download',
    title: 'Download this file',
    group: 'File',
    when: (w) => activePath(w) !== null,
    run: (w) => w.download(activePath(w)),
  },
  { id: 'upload', title: 'Upload files …', group: 'File', when: canWrite, run: (w) => w.pickUploads(false) },
  { id: 'upload-folder', title: 'Upload a folder …', group: 'File', when: canWrite, run: (w) => w.pickUploads(true) },
  {
    id: 'quick-open',
    title: 'Go to file …',
    group: 'Go',
    keys: ['Mod+P'],
    run: (w) => w.dialogs.show({ kind: 'palette', mode: 'files' }),
  },
  {
    id: 'palette',
    title: 'Show all commands',
    group: 'Go',
    keys: ['Mod+Shift+P', 'F1'],
    run: (w) => w.dialogs.show({ kind: 'palette', mode: 'commands' }),
  },
  {
    id: 'go-line',
    title: 'Go to line …',
    group: 'Go',
    editorKeys: 'Mod+G',
    run: (w) => w.editorAction('editor.action.gotoLine'),
  },
  { id: 'find', title: 'Find in this file', group: 'Go', editorKeys: 'Mod+F', run: (w) => w.find() },
  { id: 'search', title: 'Search in all files', group: 'Go', keys: ['Mod+Shift+F'], run: (w) => w.showSearch('find') },
  {
    id: 'replace-in-files',
    title: 'Replace in all files',
    group: 'Go',
    keys: ['Mod+Shift+H'],
    when: canWrite,
    run: (w) => w.showSearch('replace'),
  },
  {
    id: 'next-match',
    title: 'Next match of the search',
    group: 'Go',
    keys: ['F4'],
    when: (w) => w.search.current !== null,
    run: (w) => w.search.current?.step(1),
  },
  {
    id: 'previous-match',
    title: 'Previous match of the search',
    group: 'Go',
    keys: ['Shift+F4'],
    when: (w) => w.search.current !== null,
    run: (w) => w.search.current?.step(-1),
  },
  {
    id: 'undo-replace',
    title: 'Undo replace in all files',
    group: 'Go',
    when: (w) => canWrite(w) && w.search.current?.canUndo() === true,
    run: (w) => void w.search.current?.undo(),
  },
  { id: 'next-tab', title: 'Next tab', group: 'Go', run: (w) => w.stepTab(1) },
  { id: 'previous-tab', title: 'Previous tab', group: 'Go', run: (w) => w.stepTab(-1) },
  { id: 'toggle-sidebar', title: 'Show or hide the files', group: 'View', keys: ['Mod+B'], run: (w) => w.toggleSidebar() },
  { id: 'toggle-panel', title: 'Show or hide the output', group: 'View', keys: ['Mod+J'], run: (w) => w.layout.togglePanel() },
  { id: 'focus-output', title: 'Go to the output', group: 'View', keys: ['Mod+`', 'Ctrl+`'], run: (w) => w.focusPane('output') },
  { id: 'focus-files', title: 'Go to the files', group: 'View', keys: ['Mod+Shift+E'], run: (w) => w.showFiles() },
  { id: 'focus-editor', title: 'Go to the editor', group: 'View', run: (w) => w.focusPane('editor') },
  { id: 'next-panel', title: 'Next panel', group: 'View', keys: ['F6'], run: (w) => w.stepPane(1) },
  { id: 'previous-panel', title: 'Previous panel', group: 'View', keys: ['Shift+F6'], run: (w) => w.stepPane(-1) },
  { id: 'dock', title: 'Output beside or below the editor', group: 'View', run: (w) => w.toggleDock() },
  { id: 'theme-system', title: 'Theme: as the system', group: 'View', run: (w) => w.appearance.choose('system') },
  { id: 'theme-light', title: 'Theme: light', group: 'View', run: (w) => w.appearance.choose('light') },
  { id: 'theme-dark', title: 'Theme: dark', group: 'View', run: (w) => w.appearance.choose('dark') },
  { id: 'theme-contrast', title: 'Theme: high contrast', group: 'View', run: (w) => w.appearance.choose('contrast') },
  { id: 'word-wrap', title: 'Wrap long lines in the editor', group: 'View', keys: ['Alt+Z'], run: (w) => w.toggleWordWrap() },
  {
    id: 'tab-focus',
    title: 'Tab key moves the focus instead of indenting',
    group: 'View',
    keys: ['Mod+M', 'Ctrl+M'],
    run: (w) => w.editorAction('editor.action.toggleTabFocusMode'),
  },
  {
    id: 'share',
    title: 'Share this project …',
    group: 'Project',
    otherNames: 'people members invite link embed badge visibility public activity',
    run: (w) => w.dialogs.show({ kind: 'share' }),
  },
  { id: 'fork', title: 'Fork this project', group: 'Project', otherNames: 'copy duplicate', run: (w) => void openFork(w) },
  {
    id: 'class',
    title: 'Class: hand this project out …',
    group: 'Project',
    otherNames: 'classroom assignment students homework',
    when: (w) => w.access.getState().role === 'owner',
    run: (w) => w.dialogs.show({ kind: 'class' }),
  },
  {
    id: 'git',
    title: 'Source control: commits, branches, git …',
    group: 'Project',
    keys: ['Mod+Shift+G'],
    run: (w) => w.dialogs.show({ kind: 'git' }),
  },
  {
    id: 'history',
    title: 'History of this file …',
    group: 'File',
    keys: ['Alt+H'],
    when: (w) => activePath(w) !== null,
    run: (w) => w.showHistory('file', activePath(w)),
  },
  { id: 'deleted-files', title: 'Deleted files …', group: 'Project', run: (w) => w.showHistory('deleted', activePath(w)) },
  {
    id: 'snapshots',
    title: 'Snapshots of this project …',
    group: 'Project',
    run: (w) => w.showHistory('snapshots', activePath(w)),
  },
  {
    id: 'playback',
    title: 'History: play back this file',
    group: 'File',
    when: (w) => w.keepsHistory && activePath(w) !== null,
    run: (w) => w.playBack(activePath(w)),
  },
  { id: 'new-project', title: 'New project …', group: 'Project', run: (w) => w.dialogs.show({ kind: 'new-project' }) },
  {
    id: 'git-import',
    title: 'New project from Git …',
    group: 'Project',
    otherNames: 'import clone repository',
    run: (w) => w.dialogs.show({ kind: 'git-import' }),
  },
  {
    id: 'projects',
    title: 'Open, rename or delete projects …',
    group: 'Project',
    run: (w) => w.dialogs.show({ kind: 'projects' }),
  },
  ...accountCommands,
  {
    id: 'shortcuts',
    title: 'Keyboard shortcuts',
    group: 'Help',
    keys: ['Shift+F1'],
    run: (w) => w.dialogs.show({ kind: 'shortcuts' }),
  },
]
