/** Pages that must work when nothing else does: no scripts, no assets, one sentence and the way on. */
import { createHash } from 'node:crypto'

const styles = `:root{color-scheme:light dark;--desk:#ebe5db;--sheet:#fffdf9;--line:#dcd3c5;--ink:#2b2723;--ink-2:#635a50;--accent:#1c7356;--on:#fff}
@media(prefers-color-scheme:dark){:root{--desk:#151413;--sheet:#201e1c;--line:#37322e;--ink:#e8e1d7;--ink-2:#aca295;--accent:#5ccb9f;--on:#0b2118}}
*{box-sizing:border-box}body{display:grid;place-items:center;min-height:100vh;margin:0;padding:20px;background:var(--desk);color:var(--ink);font:16px/1.55 ui-sans-serif,system-ui,sans-serif}
main{max-width:520px;padding:36px 40px;border:1px solid var(--line);border-radius:14px;background:var(--sheet)}
svg{color:var(--accent)}h1{margin:14px 0 8px;font-size:22px;letter-spacing:-.01em}p{overflow-wrap:anywhere;margin:0 0 14px;color:var(--ink-2)}
ul{margin:0 0 14px;padding-left:20px;color:var(--ink-2);overflow-wrap:anywhere}
code{padding:2px 7px;border-radius:6px;background:var(--desk);color:var(--ink);font:14px ui-monospace,monospace}
a,button{display:inline-block;border:0;font:inherit;cursor:pointer;margin-top:6px;padding:9px 16px;border-radius:8px;background:var(--accent);color:var(--on);font-weight:600;text-decoration:none}a:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
label{display:block;margin:0 0 6px;font-weight:600}input{display:block;width:100%;margin:0 0 10px;padding:9px 12px;border:1px solid var(--line);border-radius:8px;background:var(--desk);color:var(--ink);font:inherit}input:focus-visible{outline:3px solid var(--accent);outline-offset:1px}`

const styleHash = createHash('sha256').update(styles).digest('base64')
const policyFor = (formAction: string): string =>
  `default-src 'none'; style-src 'sha256-${styleHash}'; img-src 'self'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`
export const plainPagePolicy = policyFor("'none'")
/** For a page with a button that changes something. */
export const formPagePolicy = policyFor("'self'")

const easel =
  '<svg viewBox="0 0 24 24" width="40" height="40" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" aria-hidden="true"><path d="M12 2.5v3M8.2 17 6.4 21.5M15.8 17l1.8 4.5M12 17v3"/><rect x="4.6" y="5.5" width="14.8" height="11.5" rx="1.8"/></svg>'

/** `title` and `body` are ours; what a user wrote goes through `shown`. */
export const plainPage = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Atelier</title><link rel="icon" href="/favicon.svg"><style>${styles}</style></head><body><main>${easel}<h1>${title}</h1>${body}</main></body></html>`

export const missingPage = (): string =>
  plainPage(
    'This project is not here',
    '<p>It was deleted, or it belongs to somebody else: a project is seen only in the browser that made it, and by those who came in with a link.</p><p>Check the address, ask its owner for a link, or go on with your own work.</p><a href="/">Open my project</a>',
  )

export const notBuiltPage = (): string =>
  plainPage(
    'The editor page is not built yet',
    '<p>The server runs and its API answers, but there is no page to show.</p><p>Run <code>npm run build</code> in the folder of Atelier, then start it again. <code>npm start</code> does both.</p><a href="/docs">See the API</a>',
  )

/** `address`: where the form goes, made of characters that mean nothing in HTML. */
export const invitationPage = (
  address: string,
  invitation: { readonly projectName: string; readonly ownerName: string; readonly role: 'editor' | 'viewer' },
): string =>
  plainPage(
    'You are invited',
    `<p>${shown(invitation.ownerName)} shares the project ${shown(invitation.projectName)} with you. You may ${invitation.role === 'editor' ? 'change and run it' : 'look at it'} as soon as you join; others in it see your name.</p><form method="post" action="${address}"><button type="submit">Join</button></form>`,
  )

export const deadLinkPage = (): string =>
  plainPage(
    'This link does not work',
    '<p>It was revoked, has expired, or is not complete.</p><p>Ask whoever sent it for a new one, or go on with your own work.</p><a href="/">Open my project</a>',
  )

export const fullProjectPage = (): string =>
  plainPage(
    'There is no room',
    '<p>The project has as many people in it as it can have, or you are in as many projects as you can be.</p><p>Tell whoever sent you the link, or go on with your own work.</p><a href="/">Open my project</a>',
  )

export const failedSignInPage = (sentence: string): string =>
  plainPage('You are not signed in', `<p>${shown(sentence)}</p><a href="/">Open the editor</a>`)

export const deadAdminLinkPage = (): string =>
  plainPage(
    'This link does not work',
    '<p>It makes the first administrator, once: it was used, is older than a day, or is not complete.</p><p>While there is no administrator, each start of the server prints a new one.</p><a href="/">Open my project</a>',
  )

export const guestsFirstPage = (): string =>
  plainPage(
    'Make an account first',
    '<p>You are a guest, or not signed in here. An administrator needs an account, so that a lost browser is not a lost server.</p><p>Open the editor, choose <b>You are a guest</b> at the top right, make an account or sign in, then open this address again.</p><a href="/">Open the editor</a>',
  )

/** `address` as in `invitationPage`. */
export const becomeAdminPage = (address: string, login: string): string =>
  plainPage(
    'Become the administrator',
    `<p>You are signed in as ${shown(login)}. The administrator of this server sees its users, what runs and how it is set up, and may disable users and make others administrators.</p><p>All other browsers of this account are signed out.</p><form method="post" action="${address}"><button type="submit">Become the administrator</button></form>`,
  )

/** Text of a user: without meaning in HTML, and turning no text around it. */
export function shown(text: string, isBold = true): string {
  const inert = `<bdi>${text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)}</bdi>`
  return isBold ? `<b>${inert}</b>` : inert
}
