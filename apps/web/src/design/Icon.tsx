/** Icons are SVG: those of the codicons set (CC BY 4.0), each named where it is used. */

import account from '@vscode/codicons/src/icons/account.svg?raw'
import add from '@vscode/codicons/src/icons/add.svg?raw'
import arrowDown from '@vscode/codicons/src/icons/arrow-down.svg?raw'
import check from '@vscode/codicons/src/icons/check.svg?raw'
import chevronDown from '@vscode/codicons/src/icons/chevron-down.svg?raw'
import chevronLeft from '@vscode/codicons/src/icons/chevron-left.svg?raw'
import chevronRight from '@vscode/codicons/src/icons/chevron-right.svg?raw'
import clearAll from '@vscode/codicons/src/icons/clear-all.svg?raw'
import close from '@vscode/codicons/src/icons/close.svg?raw'
import cloud from '@vscode/codicons/src/icons/cloud.svg?raw'
import cloudUpload from '@vscode/codicons/src/icons/cloud-upload.svg?raw'
import collapseAll from '@vscode/codicons/src/icons/collapse-all.svg?raw'
import colorMode from '@vscode/codicons/src/icons/color-mode.svg?raw'
import copy from '@vscode/codicons/src/icons/copy.svg?raw'
import debugDisconnect from '@vscode/codicons/src/icons/debug-disconnect.svg?raw'
import debugPause from '@vscode/codicons/src/icons/debug-pause.svg?raw'
import debugStop from '@vscode/codicons/src/icons/debug-stop.svg?raw'
import desktopDownload from '@vscode/codicons/src/icons/desktop-download.svg?raw'
import discard from '@vscode/codicons/src/icons/discard.svg?raw'
import edit from '@vscode/codicons/src/icons/edit.svg?raw'
import ellipsis from '@vscode/codicons/src/icons/ellipsis.svg?raw'
import errorIcon from '@vscode/codicons/src/icons/error.svg?raw'
import eye from '@vscode/codicons/src/icons/eye.svg?raw'
import file from '@vscode/codicons/src/icons/file.svg?raw'
import fileBinary from '@vscode/codicons/src/icons/file-binary.svg?raw'
import files from '@vscode/codicons/src/icons/files.svg?raw'
import folder from '@vscode/codicons/src/icons/folder.svg?raw'
import folderOpened from '@vscode/codicons/src/icons/folder-opened.svg?raw'
import globe from '@vscode/codicons/src/icons/globe.svg?raw'
import history from '@vscode/codicons/src/icons/history.svg?raw'
import info from '@vscode/codicons/src/icons/info.svg?raw'
import key from '@vscode/codicons/src/icons/key.svg?raw'
import layoutPanel from '@vscode/codicons/src/icons/layout-panel.svg?raw'
import layoutSidebarLeft from '@vscode/codicons/src/icons/layout-sidebar-left.svg?raw'
import layoutSidebarRight from '@vscode/codicons/src/icons/layout-sidebar-right.svg?raw'
import link from '@vscode/codicons/src/icons/link.svg?raw'
import mortarBoard from '@vscode/codicons/src/icons/mortar-board.svg?raw'
import newFile from '@vscode/codicons/src/icons/new-file.svg?raw'
import newFolder from '@vscode/codicons/src/icons/new-folder.svg?raw'
import output from '@vscode/codicons/src/icons/output.svg?raw'
import pass from '@vscode/codicons/src/icons/pass.svg?raw'
import play from '@vscode/codicons/src/icons/play.svg?raw'
import question from '@vscode/codicons/src/icons/question.svg?raw'
import repoForked from '@vscode/codicons/src/icons/repo-forked.svg?raw'
import save from '@vscode/codicons/src/icons/save.svg?raw'
import search from '@vscode/codicons/src/icons/search.svg?raw'
import send from '@vscode/codicons/src/icons/send.svg?raw'
import share from '@vscode/codicons/src/icons/share.svg?raw'
import shield from '@vscode/codicons/src/icons/shield.svg?raw'
import signOut from '@vscode/codicons/src/icons/sign-out.svg?raw'
import sourceControl from '@vscode/codicons/src/icons/source-control.svg?raw'
import trash from '@vscode/codicons/src/icons/trash.svg?raw'
import warning from '@vscode/codicons/src/icons/warning.svg?raw'
import wordWrap from '@vscode/codicons/src/icons/word-wrap.svg?raw'

const drawings = {
  add,
  'source-control': sourceControl,
  class: mortarBoard,
  fork: repoForked,
  globe,
  'arrow-down': arrowDown,
  check,
  'chevron-down': chevronDown,
  'chevron-left': chevronLeft,
  'chevron-right': chevronRight,
  'clear-all': clearAll,
  close,
  cloud,
  'cloud-upload': cloudUpload,
  'collapse-all': collapseAll,
  theme: colorMode,
  copy,
  restore: discard,
  disconnected: debugDisconnect,
  stop: debugStop,
  pause: debugPause,
  download: desktopDownload,
  edit,
  ellipsis,
  error: errorIcon,
  eye,
  file,
  binary: fileBinary,
  files,
  folder,
  'folder-open': folderOpened,
  history,
  info,
  'dock-bottom': layoutPanel,
  sidebar: layoutSidebarLeft,
  'dock-right': layoutSidebarRight,
  link,
  key,
  'new-file': newFile,
  'new-folder': newFolder,
  output,
  pass,
  person: account,
  share,
  play,
  question,
  save,
  search,
  send,
  shield,
  'sign-out': signOut,
  trash,
  warning,
  wrap: wordWrap,
} as const

export type IconName = keyof typeof drawings

export function Icon({ name }: { readonly name: IconName }) {
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the drawings are constants of this build
  return <span className="icon" aria-hidden="true" dangerouslySetInnerHTML={{ __html: drawings[name] }} />
}

/** A button that is only an icon: its label is what assistive technology reads and what shows on hover. */
export function IconButton({
  icon,
  label,
  keys,
  ...rest
}: { readonly icon: IconName; readonly label: string; readonly keys?: string | undefined } & Omit<
  React.ComponentPropsWithRef<'button'>,
  'children' | 'title' | 'aria-label'
>) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}

/** An easel: two legs, a canvas. */
export const Mark = () => (
  <svg
    className="mark"
    viewBox="0 0 24 24"
    width="22"
    height="22"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.9"
    strokeLinecap="round"
    aria-hidden="true"
  >
    <path d="M12 2.5v3M8.2 17 6.4 21.5M15.8 17l1.8 4.5M12 17v3" />
    <rect x="4.6" y="5.5" width="14.8" height="11.5" rx="1.8" fill="var(--accent-wash)" />
    <path d="m8.2 13.6 2.6-3 2 2 2.6-3.4" />
  </svg>
)
