/** The whole page. The server renders it for the first response, the browser takes it over. */
import '../design/base.css'
import '../design/controls.css'
import './workbench.css'
import './top-bar.css'
import '../layout/dialogs.css'
import { lazy, Suspense } from 'react'
import { useStore } from 'zustand'
import { Boundary, BrokenPart } from '../design/Boundary.tsx'
import { EditorPane } from '../editor/EditorPane.tsx'
import { OutputPanel } from '../executions/OutputPanel.tsx'
import { FilesPane } from '../files/FilesPane.tsx'
import { BottomBar } from '../layout/BottomBar.tsx'
import { DialogHost } from '../layout/DialogHost.tsx'
import { Resizer } from '../layout/Resizer.tsx'
import { StatusBar } from '../layout/StatusBar.tsx'
import { FollowFrame } from '../people/FollowFrame.tsx'
import { SearchComing } from '../search/SearchComing.tsx'
import { WorkbenchContext } from './context.ts'
import { TopBar } from './TopBar.tsx'
import type { Workbench } from './workbench.ts'

const SearchPane = lazy(() => import('../search/SearchPane.tsx'))

export function Page({ workbench, firstText }: { readonly workbench: Workbench; readonly firstText: string | null }) {
  const { pane, left } = useStore(workbench.layout.store)
  return (
    <WorkbenchContext value={workbench}>
      <div className="workbench" data-shown={pane}>
        <TopBar />
        <div className="desk">
          <Boundary instead={<BrokenPart />}>
            {left === 'files' ? (
              <FilesPane />
            ) : (
              <Suspense fallback={<SearchComing />}>
                <SearchPane />
              </Suspense>
            )}
          </Boundary>
          <Resizer which="sidebar" label="Width of the files" grows="right" />
          <main className="center">
            <EditorPane firstText={firstText} />
            <Resizer which="panel" label="Height of the output" grows="up" />
            <Resizer which="side" label="Width of the output" grows="left" />
            <Boundary instead={<BrokenPart />}>
              <OutputPanel />
            </Boundary>
          </main>
        </div>
        <StatusBar />
        <BottomBar />
      </div>
      <FollowFrame />
      <DialogHost />
    </WorkbenchContext>
  )
}
