/** The page of administrators, as they click through it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Browser } from './account-browser.ts'
import { becomesTrue, complaintsOf, openBrowser, shot } from './browser.ts'
import { Guest } from './guest.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer({ environment: { ATELIER_TIERS: '{"class": {"like": "free", "storageBytes": 1000000}}' } })
after(() => server[Symbol.asyncDispose]())
const chromium = await openBrowser()
after(() => chromium.close())

test('an administrator finds a user, gives a tier, stops what runs, and reads in the audit log that it was so', async () => {
  const boss = await Browser.administrator(server)
  for (let n = 0; n < 100; n++) await Guest.of(server)
  const eve = await Browser.member(server.url, 'xanthippe')
  const guest = await Guest.of(server)
  const running = await guest.start('input()')
  const context = await chromium.newContext({ viewport: { width: 1280, height: 900 } })
  await context.addCookies([...boss.jar].map(([name, value]) => ({ name, value, url: server.url })))
  const page = await context.newPage()
  const complaints = complaintsOf(page)

  await page.goto(`${server.url}/admin`)
  await shot(page, 'admin')
  await page.getByRole('link', { name: 'Older users' }).click()
  await page.waitForURL(/before=/)
  assert.ok((await page.locator('#users tbody tr').count()) >= 3, 'the second page')
  await page.getByRole('link', { name: 'Newest users' }).click()
  assert.equal(await page.getByRole('link', { name: 'Newest users' }).count(), 0)
  // A hundred rows are gone through by keyboard, without the rest of the page going away.
  const rows = page.getByRole('region', { name: 'Users' }).last()
  await rows.focus()
  await page.keyboard.press('End')
  await becomesTrue(page, "document.querySelector('#users .scroll').scrollTop > 0")
  await page.getByLabel('Name or id').fill('<b>nobody')
  await page.keyboard.press('Enter')
  await page.getByText('Nobody whose name has <b>nobody in it, or whose id begins so.').waitFor()
  assert.match(await page.locator('#languages').innerText(), /\bPython\s+ready\s+3\./)

  await page.getByLabel('Name or id').fill('xanthi')
  await page.locator('#users').getByRole('button', { name: 'Search' }).click()
  await page.waitForURL(/search=xanthi/)
  await page.locator('#users select').selectOption('class')
  await page.getByRole('button', { name: /^Set the tier/ }).click()
  await page.waitForURL(/\/admin#users$/)
  assert.equal((await eve.json<{ tier: string }>('GET', '/api/v1/quota')).tier, 'class')

  await page.getByRole('button', { name: `Stop the execution ${running.id}` }).click()
  await page.waitForURL(/\/admin#executions$/)
  assert.equal((await guest.finish(running.id)).result?.reason, 'cancelled')

  await page.locator('#audit').getByLabel('Action').fill('admin')
  await page.locator('#audit').getByRole('button', { name: 'Search' }).click()
  await page.waitForURL(/audit\.action=admin/)
  assert.deepEqual(await page.locator('#audit tbody td:nth-child(3)').allInnerTexts(), [
    'admin.stop-execution',
    'admin.change-user',
    'admin.first',
  ])
  await page.locator('#audit').getByLabel('Action').fill('no.such')
  await page.locator('#audit').getByRole('button', { name: 'Search' }).click()
  await page.getByText('No line is like that.').waitFor()
  await page.locator('#audit').getByLabel('Action').fill('')
  await page.locator('#audit').getByRole('button', { name: 'Search' }).click()
  await page
    .locator('#users')
    .getByRole('link', { name: /^What .* did$/ })
    .first()
    .click()
  await page.waitForURL(/audit\.user=/)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()])
  assert.match(file.suggestedFilename(), /^audit-[\d-]+\.csv$/)
  await page.locator('#audit').getByLabel('User id').fill('nonsense')
  await page.locator('#audit').getByRole('button', { name: 'Search' }).click()
  assert.match(await page.getByRole('alert').innerText(), /not of the right form/)
  assert.deepEqual(complaints, [])
})
