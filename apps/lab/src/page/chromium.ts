/** Chromium as the benchmarks start it, and the project that somebody gets who comes for the first time. */
import { sessionCookie } from '@atelier/protocol/sessions'
import { type Browser, chromium } from 'playwright-core'

export function launchChromium(): Promise<Browser> {
  const flags = [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ]
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
}

/** A guest and the project that a first visitor gets. */
export async function firstVisitor(url: string): Promise<{ token: string; path: string }> {
  const response = await fetch(url, { redirect: 'manual' })
  const token = new RegExp(`${sessionCookie}=([^;]+)`).exec(response.headers.get('set-cookie') ?? '')?.[1]
  const path = response.headers.get('location')
  if (token === undefined || path === null) throw new Error(`${url} did not lead to a project: ${response.status}`)
  return { token, path }
}
