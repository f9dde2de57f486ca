/** Shows the dialog that is open; each is loaded when it is first wanted. */
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import { Boundary } from '../design/Boundary.tsx'
import { useWorkbench } from '../workbench/context.ts'

const Palette = lazy(() => import('../palette/Palette.tsx'))
const NewProject = lazy(() => import('../projects/NewProject.tsx'))
const ProjectList = lazy(() => import('../projects/ProjectList.tsx'))
const Shortcuts = lazy(() => import('../commands/Shortcuts.tsx'))
const Arguments = lazy(() => import('../executions/Arguments.tsx'))
const Compare = lazy(() => import('../documents/Compare.tsx'))
const ShareDialog = lazy(() => import('../sharing/ShareDialog.tsx'))
const ClassDialog = lazy(() => import('../assignments/ClassDialog.tsx'))
const Playback = lazy(() => import('../playback/Playback.tsx'))
const AccountDialog = lazy(() => import('../accounts/AccountDialog.tsx'))
const HistoryDialog = lazy(() => import('../history/HistoryDialog.tsx'))
const SourceControl = lazy(() => import('../git/SourceControl.tsx'))
const ImportDialog = lazy(() => import('../git/ImportDialog.tsx'))
const NotUploaded = lazy(() => import('../files/NotUploaded.tsx'))
const LostAccess = lazy(() => import('../projects/LostAccess.tsx'))
const QuestionDialog = lazy(() => import('./QuestionDialog.tsx'))

/** A dialog that is still on its way has the keys already: otherwise they would go into the code. */
function KeyCatcher() {
  const { dialogs } = useWorkbench()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    input.current?.focus()
  }, [])
  return (
    <input
      ref={input}
      className="visually-hidden"
      aria-label="Loading"
      onChange={(event) => {
        dialogs.typed.current = event.target.value
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') dialogs.close()
      }}
    />
  )
}

export function DialogHost() {
  const { dialogs, notices } = useWorkbench()
  const { dialog, catching } = useStore(dialogs.store)
  if (dialog === null) return null
  return (
    <>
      {catching ? <KeyCatcher /> : null}
      <Boundary
        key={dialog.kind}
        onError={() => {
          dialogs.close()
          // Most often a part of the page that is gone, because the server has a newer page.
          notices.offer('That could not be opened. The page may be older than the server.', 'Reload', () => location.reload())
        }}
      >
        <Suspense fallback={null}>{render()}</Suspense>
      </Boundary>
    </>
  )

  function render() {
    switch (dialog?.kind) {
      case undefined:
        return null
      case 'palette':
        return <Palette mode={dialog.mode} />
      case 'new-project':
        return <NewProject />
      case 'projects':
        return <ProjectList rename={dialog.rename ?? null} />
      case 'shortcuts':
        return <Shortcuts />
      case 'arguments':
        return <Arguments />
      case 'share':
        return <ShareDialog />
      case 'class':
        return <ClassDialog />
      case 'playback':
        return <Playback path={dialog.path} />
      case 'account':
        return <AccountDialog key={dialog.part} part={dialog.part} />
      case 'lost-access':
        return <LostAccess />
      case 'history':
        return <HistoryDialog part={dialog.part} path={dialog.path} />
      case 'git':
        return <SourceControl />
      case 'git-import':
        return <ImportDialog />
      case 'compare':
        return <Compare path={dialog.path} />
      case 'not-uploaded':
        return <NotUploaded problems={dialog.problems} />
      case 'question':
        return <QuestionDialog question={dialog.question} answer={dialog.answer} />
    }
  }
}
