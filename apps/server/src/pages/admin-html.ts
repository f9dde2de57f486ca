/** The page of administrators as text: tables and forms that work without scripts. Whatever a user wrote goes through `shown`. */
import { createHash } from 'node:crypto'
import type { AdminExecution, AdminServer, AdminUser, AdminUserList } from '@atelier/protocol/admin'
import type { AuditPage } from '@atelier/protocol/audit'

const styles = `:root{color-scheme:light dark;--desk:#ebe5db;--sheet:#fffdf9;--line:#dcd3c5;--ink:#2b2723;--ink-2:#635a50;--accent:#1c7356;--on:#fff;--bad:#a3341f}
@media(prefers-color-scheme:dark){:root{--desk:#151413;--sheet:#201e1c;--line:#37322e;--ink:#e8e1d7;--ink-2:#aca295;--accent:#5ccb9f;--on:#0b2118;--bad:#f0937f}}
*{box-sizing:border-box}body{margin:0;padding:24px;background:var(--desk);color:var(--ink);font:15px/1.5 ui-sans-serif,system-ui,sans-serif}
main{max-width:1240px;margin:0 auto}h1{font-size:24px;margin:0 0 4px}h2{margin:0 0 12px;font-size:18px}nav a{display:inline-block;margin-right:16px;white-space:nowrap}a{color:var(--accent)}
section{margin:20px 0;padding:20px 24px;border:1px solid var(--line);border-radius:14px;background:var(--sheet)}
.scroll{max-height:min(70vh,640px);overflow:auto;margin:12px 0}thead th{position:sticky;top:0;background:var(--sheet);box-shadow:inset 0 -1px var(--line)}td form{display:inline-block;margin:0 4px 4px 0}
table{width:100%;border-collapse:collapse}th,td{padding:6px 12px 6px 0;text-align:left;vertical-align:top;border-top:1px solid var(--line)}th{color:var(--ink-2);font-weight:600;border:0}
table{min-width:560px}table.wide{min-width:1000px}td{overflow-wrap:anywhere}td.k{white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}small,.quiet{color:var(--ink-2)}.bad{color:var(--bad)}code{font:13px ui-monospace,monospace}
form{display:inline}input,select,button{font:inherit;padding:5px 12px;border:1px solid var(--line);border-radius:8px;background:var(--desk);color:var(--ink)}button{cursor:pointer;white-space:nowrap}button.main{background:var(--accent);color:var(--on);border-color:transparent}
@media(max-width:600px){body{padding:12px}section{padding:16px}form[role=search] label,form[role=search] input{display:block;width:100%}form[role=search] button{margin-top:8px}}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}`

const styleHash = createHash('sha256').update(styles).digest('base64')
export const adminPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

export type AdminView = {
  readonly you: string
  readonly users: AdminUserList
  readonly search: string
  /** Not the first page of them. */
  readonly areOlder: boolean
  readonly executions: readonly AdminExecution[]
  readonly server: AdminServer
  readonly audit: AuditPage & { readonly filter: Readonly<Record<string, string | undefined>>; readonly areOlder: boolean }
  /** What did not work, as a sentence. */
  readonly problem: string | null
  /** A password that was just made, to be passed on. */
  readonly newPassword?: string
}

export function adminPage(view: AdminView): string {
  const { isolation } = view.server.status
  const findings = isolation.findings.map(
    ({ name, ok, detail, remedy }) =>
      `<tr><td>${shown(name)}</td><td class="${ok ? 'quiet' : 'bad'}">${ok ? 'holds' : 'missing'}</td><td>${shown(detail)}${remedy === '' ? '' : ` → ${shown(remedy)}`}</td></tr>`,
  )
  const body = [
    `<h1>Administration</h1><nav aria-label="Parts"><a href="#users">Users</a><a href="#executions">Running</a><a href="#tiers">Tiers</a><a href="#audit">Audit log</a><a href="#isolation">Isolation</a><a href="#pools">Pools</a><a href="#languages">Languages</a><a href="#settings">Settings</a><a href="/">Editor</a></nav>`,
    view.problem === null ? '' : `<section role="alert"><p class="bad">${shown(view.problem)}</p></section>`,
    view.newPassword === undefined
      ? ''
      : `<section role="status"><p>The new password is <code>${escaped(view.newPassword)}</code>. It is shown only this once: pass it on, and ask for it to be changed.</p></section>`,
    part('users', 'Users', usersPart(view)),
    part('executions', `Running now: ${view.executions.length}`, executionsPart(view.executions)),
    part('tiers', 'Tiers', tiersPart(view.server)),
    part('audit', 'Audit log', auditPart(view)),
    part(
      'isolation',
      `Isolation: ${shown(isolation.level)}`,
      `<p>${shown(isolation.summary)}</p>${table(['Wall', 'State', 'Detail'], findings, 'Walls')}`,
    ),
    part('pools', 'Pools of warm sandboxes', poolsPart(view.server)),
    part('languages', 'Languages', languagesPart(view.server)),
    part(
      'settings',
      'Limits and settings in force',
      `<p class="quiet">They are given when the server starts; the README explains them.</p>${table(
        ['Setting', 'Value', 'Meaning'],
        view.server.settings.map(
          ({ name, value, meaning }) =>
            `<tr><td><code>${shown(name)}</code></td><td>${value === null ? '<span class="quiet">not set</span>' : `<code>${shown(value)}</code>`}</td><td class="quiet">${shown(meaning)}</td></tr>`,
        ),
        'Settings',
      )}`,
    ),
  ]
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>Administration · Atelier</title><link rel="icon" href="/favicon.svg"><style>${styles}</style></head><body><main>${body.join('')}</main></body></html>`
}

function usersPart({ users, search, areOlder, you, server }: AdminView): string {
  const rows = users.items.map((user) => {
    const marks = [
      user.kind === 'guest' ? 'guest' : (user.login ?? 'account'),
      user.admin ? 'administrator' : '',
      user.disabledAt === null ? '' : 'disabled',
    ]
    const actions = user.id === you ? '<small>you</small>' : actionsOf(user)
    const { storageBytes = null, executionsPerHour = null } = server.tiers.find(({ name }) => name === user.tier) ?? {}
    return `<tr><td>${shown(user.name)}<br><small>${shown(marks.filter((mark) => mark !== '').join(' · '))} · <a href="/admin?audit.user=${user.id}#audit" aria-label="What ${escaped(user.name)} did">what they did</a></small></td><td class="k">${shown(user.createdAt.slice(0, 10))}</td><td class="k">${shown(user.lastUsedAt?.slice(0, 10) ?? '–')}</td><td class="n">${user.projects}</td><td class="n">${megabytes(user.usedBytes)}<br><small>${storageBytes === null ? 'no limit' : `of ${megabytes(storageBytes)}`}</small></td><td class="n">${user.executionsLastHour}<br><small>${executionsPerHour === null ? 'no limit' : `of ${executionsPerHour}`}</small></td><td class="k">${tierForm(user, server)}</td><td>${actions}</td></tr>`
  })
  const older = new URLSearchParams({ search, before: users.next ?? '' }).toString()
  const first = new URLSearchParams({ search }).toString()
  const heads = ['Name', 'Since', 'Last seen', 'Projects', 'Storage', 'Runs in the last hour', 'Tier', '']
  const nothing = search === '' ? 'There is nobody else.' : `Nobody whose name has ${shown(search)} in it, or whose id begins so.`
  return `<form method="get" action="/admin#users" role="search" aria-label="Users"><label>Name or id <input type="search" name="search" maxlength="100" value="${escaped(search)}"></label> <button class="main">Search</button></form>${table(heads, rows, 'Users', nothing)}${pages(areOlder ? ['Newest users', `/admin?${first}#users`] : null, users.next === null ? null : ['Older users', `/admin?${older}#users`])}`
}

/** Where else to look; none on a page that is all. */
function pages(...links: readonly (readonly [text: string, address: string] | null)[]): string {
  const there = links.flatMap((link) => (link === null ? [] : [`<a href="${escaped(link[1])}">${link[0]}</a>`]))
  return there.length === 0 ? '' : `<p>${there.join(' · ')}</p>`
}

const actionsOf = (user: AdminUser): string => {
  const button = (field: string, value: boolean, text: string): string =>
    `<form method="post" action="/admin/users/${user.id}"><input type="hidden" name="${field}" value="${value}"><button aria-label="${text}: ${escaped(user.name)}">${text}</button></form> `
  const disable = user.disabledAt === null ? button('disabled', true, 'Disable') : button('disabled', false, 'Enable')
  if (user.kind === 'guest') return disable
  const password = user.login === null ? '' : button('password', true, 'New password')
  return (
    disable +
    password +
    (user.admin ? button('admin', false, 'No administrator any more') : button('admin', true, 'Make administrator'))
  )
}

const executionsPart = (executions: readonly AdminExecution[]): string =>
  table(
    ['Who', 'Language', 'Isolation', 'Since (UTC)', 'Execution', ''],
    executions.map(
      ({ id, userName, language, isolation, startedAt }) =>
        `<tr><td>${shown(userName ?? 'somebody who is gone')}</td><td>${shown(language)}</td><td>${shown(isolation)}</td><td>${shown(startedAt.slice(11, 19))}</td><td><code>${shown(id)}</code></td><td><form method="post" action="/admin/executions/${id}/stop"><button aria-label="Stop the execution ${id}">Stop</button></form></td></tr>`,
    ),
    'Executions',
  )

const tierForm = (user: AdminUser, { tiers }: AdminServer): string => {
  const option = (value: string, text: string, isChosen: boolean): string =>
    `<option value="${escaped(value)}"${isChosen ? ' selected' : ''}>${escaped(text)}</option>`
  const usual = option('', user.givenTier === null ? `${user.tier} (usual)` : 'the usual one', user.givenTier === null)
  const options = tiers.filter(({ name }) => name !== 'stranger').map(({ name }) => option(name, name, user.givenTier === name))
  return `<form method="post" action="/admin/users/${user.id}"><select name="tier" aria-label="Tier of ${escaped(user.name)}">${usual}${options.join('')}</select> <button aria-label="Set the tier of ${escaped(user.name)}">Set</button></form>`
}

const tiersPart = ({ tiers, tiersBeyond }: AdminServer): string => {
  const count = (value: number | null, unit: (value: number) => string = String): string =>
    `<td class="n">${value === null ? '–' : unit(value)}</td>`
  const seconds = (ms: number): string => `${ms / 1000} s`
  const rows = tiers.map(
    (tier) =>
      `<tr><td>${shown(tier.name)}</td>${count(tier.executionsPerHour)}${count(tier.executionsAtOnce)}${count(tier.wallMs, seconds)}${count(tier.memoryBytes, megabytes)}${count(tier.storageBytes, megabytes)}${count(tier.projects)}${count(tier.readsPerMinute)}${count(tier.writesPerMinute)}</tr>`,
  )
  const heads = [
    'Tier',
    'Runs an hour',
    'At once',
    'Wall time',
    'Memory',
    'Storage',
    'Projects',
    'Reads a minute',
    'Changes a minute',
  ]
  return `<p class="quiet">–: as much as anybody. ATELIER_TIERS changes them, or adds others.</p>${tiersBeyond.map((sentence) => `<p>${shown(sentence)}</p>`).join('')}${table(heads, rows, 'Tiers')}`
}

function auditPart({ audit }: AdminView): string {
  const { filter } = audit
  const field = (name: string, text: string, type = 'text'): string =>
    `<label>${text} <input type="${type}" name="audit.${name}" maxlength="100" value="${escaped(filter[name] ?? '')}"></label> `
  const rows = audit.items.map((line) => {
    const details = Object.entries(line.details).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
    const who = line.userName ?? line.userId ?? 'nobody who is known'
    const shownWho = line.userId === null ? shown(who) : `<a href="/admin?audit.user=${line.userId}#audit">${shown(who)}</a>`
    return `<tr><td class="k">${shown(line.at.replace('T', ' ').slice(0, 19))}</td><td>${shownWho}</td><td>${shown(line.action)}${line.result === 'refused' ? ' <span class="bad">refused</span>' : ''}</td><td>${shown(line.object ?? line.projectId ?? '')}</td><td>${shown(details.join(', '))}</td><td class="k">${shown(line.address ?? '')}</td></tr>`
  })
  const kept = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]))
  const older = new URLSearchParams(kept.map(([name, value]) => [`audit.${name}`, value] as [string, string]))
  const first = older.toString()
  older.set('audit.cursor', audit.nextCursor ?? '')
  const file = (format: string, text: string): string =>
    `<a href="/api/v1/admin/audit?${escaped(new URLSearchParams([...kept, ['format', format]]).toString())}">${text}</a>`
  return `<form method="get" action="/admin#audit" role="search" aria-label="Audit log">${field('user', 'User id')}${field('project', 'Project id')}${field('action', 'Action')}${field('address', 'Address')}<button class="main">Search</button></form>
<p>As a file, all that was searched for: ${file('csv', 'CSV')} · ${file('ndjson', 'NDJSON')}</p>${table(['When (UTC)', 'Who', 'What', 'To what', 'Details', 'From'], rows, 'Lines of the audit log', 'No line is like that.')}${pages(audit.areOlder ? ['Newest lines', `/admin?${first}#audit`] : null, audit.nextCursor === null ? null : ['Older lines', `/admin?${older}#audit`])}`
}

const poolsPart = ({ pools }: AdminServer): string =>
  table(
    ['Isolation', 'Warm', 'In use', 'Waiting', 'Hits', 'Misses', 'Failed', 'Quarantined'],
    pools.map(
      ({ isolation, counts }) =>
        `<tr><td>${shown(isolation)}</td>${['idle', 'leased', 'waiting', 'hits', 'misses', 'failed', 'quarantined'].map((name) => `<td class="n">${counts[name] ?? 0}</td>`).join('')}</tr>`,
    ),
    'Pools',
    'No pool is open.',
  )

const languagesPart = ({ languages }: AdminServer): string => {
  const ready = languages.filter(({ available }) => available).length
  const rows = languages.map(
    ({ name, available, version, reason, remedy }) =>
      `<tr><td>${shown(name)}</td><td class="${available ? 'k' : 'k quiet'}">${available ? 'ready' : 'not here'}</td><td>${available ? shown(version ?? '') : `<span class="quiet">${shown([reason, remedy].filter((text) => text !== null).join(' → '))}</span>`}</td></tr>`,
  )
  return `<p class="quiet">${ready} of ${languages.length} can be run now.</p>${table(['Language', 'State', 'Version, or why not'], rows, 'Languages')}`
}

const part = (id: string, title: string, content: string): string =>
  `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`

/** `name`: of what can be scrolled, for whoever does not see it. Without rows there is `nothing` to say so. */
const table = (heads: readonly string[], rows: readonly string[], name: string, nothing = 'Nothing.'): string =>
  rows.length === 0
    ? `<p class="quiet">${nothing}</p>`
    : `<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table${heads.length > 5 ? ' class="wide"' : ''}><thead><tr>${heads.map((head) => `<th scope="col">${head === '' ? '<span class="unseen">What can be done</span>' : head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`

const megabytes = (bytes: number): string => {
  const [divisor, unit] = bytes >= 1024 ** 3 ? [1024 ** 3, 'GB'] : [1024 ** 2, 'MB']
  return `${(bytes / divisor).toFixed(1).replace('.0', '')} ${unit}`
}

/** Without meaning in HTML, and turning no text around it. */
const shown = (text: string): string => `<bdi>${escaped(text)}</bdi>`
const escaped = (text: string): string => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
