/** A browser as a journey sees it: cookies that come are kept and sent along, nothing else is known of them. */
import assert from 'node:assert/strict'
import { WebSocket } from 'ws'

export const password = 'correct horse 7'

export class Browser {
  readonly url: string
  readonly jar = new Map<string, string>()
  constructor(url: string) {
    this.url = url
  }

  /** One that has claimed its guest. */
  static async member(url: string, login: string): Promise<Browser> {
    const browser = new Browser(url)
    await (await browser.ask('POST', '/api/v1/sessions')).text()
    const claimed = await browser.ask('POST', '/api/v1/account', { login, password })
    assert.equal(claimed.status, 201, await claimed.text())
    return browser
  }

  /** One that has used the link that the start prints. */
  static async administrator(
    { url, printed }: { readonly url: string; readonly printed: () => string },
    login = 'boss',
  ): Promise<Browser> {
    const link = /http:\S+(\/become-admin\/atl_f_[\w-]{22})/.exec(printed())?.[1] ?? ''
    const browser = await Browser.member(url, login)
    const used = await browser.ask('POST', link)
    assert.equal(used.status, 303, await used.text())
    return browser
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async ask(method: string, path: string, json?: unknown): Promise<Response> {
    const response = await fetch(this.url + path, {
      ...{ method, redirect: 'manual' },
      headers: {
        ...(this.jar.size === 0 ? {} : { cookie: this.cookie }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0/.test(line)) this.jar.delete(name)
      else this.jar.set(name, value)
    }
    return response
  }

  async json<Answer>(method: string, path: string, json?: unknown): Promise<Answer> {
    return (await (await this.ask(method, path, json)).json()) as Answer
  }

  /** The tab's socket, open. */
  async openSocket(): Promise<{ readonly closed: Promise<number> }> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/api/v1/socket`, { headers: { cookie: this.cookie } })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve, reject) => {
      socket.on('open', resolve)
      socket.on('error', reject)
    })
    return { closed }
  }
}
