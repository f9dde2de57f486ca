/**
 * Takes over the page that the server has rendered: first the frame, then Monaco in the place of the textarea. What was typed,
 * pressed and scrolled before that is kept.
 */
import type { PageBoot } from '@atelier/protocol/page-boot'
import { hydrateRoot } from 'react-dom/client'
import { bindKeys } from './commands/key-bindings.ts'
import { restoreTabs } from './documents/remembered-tabs.ts'
import { createPlainSurface } from './editor/plain-surface.ts'
import { takeOver } from './editor/take-over.ts'
import { rememberRunChoice } from './executions/remembered-choice.ts'
import { restoreExpanded } from './files/files.ts'
import { followServer } from './languages/server-news.ts'
import { restoreLayout } from './layout/layout.ts'
import { followPeople } from './people/following.ts'
import { followProject } from './projects/follow-project.ts'
import { applyAccess } from './projects/read-only.ts'
import { Page } from './workbench/Page.tsx'
import { watchPage } from './workbench/watch-page.ts'
import { createWorkbench } from './workbench/workbench.ts'
// Last, so that it has the last word on narrow screens.
import './workbench/narrow.css'

const app = document.getElementById('app')
const bootElement = document.getElementById('boot')
if (app === null || bootElement === null) throw new Error('this is not the page of the editor')
const boot = JSON.parse(bootElement.textContent ?? '') as PageBoot
const workbench = createWorkbench(boot)
const { editing, connection } = workbench

const area = document.getElementById('first-text') as HTMLTextAreaElement
const firstPath = boot.file?.hasText === true ? boot.file.path : null
workbench.surface.current = createPlainSurface(area, firstPath, workbench.surfaceEvents)
if (firstPath !== null && boot.file !== null) editing.begin(firstPath, boot.file.version, area.defaultValue)

hydrateRoot(app, <Page workbench={workbench} firstText={null} />)

bindKeys(workbench)
const early = window.atelierEarly
if (early !== undefined) {
  removeEventListener('keydown', early.hear, true)
  removeEventListener('click', early.click, true)
}
restoreLayout(workbench.layout)
restoreExpanded(workbench.files, workbench.projectId)
rememberRunChoice(workbench)
followServer(workbench.server, connection, workbench.notices.info)
watchPage(workbench)
followProject(workbench)
followPeople(workbench)
if (boot.missingPath !== null) workbench.notices.error(`There is no file “${boot.missingPath}” in this project.`)
if (early?.run === true) workbench.run()
else void workbench.executions.reattach()

void takeOver(workbench).then(async () => {
  applyAccess(workbench)
  if (boot.file !== null && !boot.file.hasText) await editing.open(boot.file.path)
  await editing.restoreDrafts()
  await restoreTabs(workbench)
})
