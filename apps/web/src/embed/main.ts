/** The entry of an embed: small, so that a page with many embeds that wait for a click stays light. */
import type { EmbedBoot } from '@atelier/protocol/embeds'
import '../design/tokens.css'
import '../executions/ansi.css'
import './embed.css'

const boot = JSON.parse(document.getElementById('boot')?.textContent ?? '') as EmbedBoot
const loadButton = document.getElementById('load') as HTMLButtonElement | null

async function load(): Promise<void> {
  if (loadButton !== null) loadButton.disabled = true
  try {
    const { startEmbed } = await import('./embed.ts')
    loadButton?.remove()
    startEmbed(boot)
  } catch {
    const result = document.getElementById('result')
    if (result !== null) result.textContent = 'The editor could not be loaded. Reload the page to try again.'
    if (loadButton !== null) loadButton.disabled = false
  }
}

if (loadButton === null) void load()
else loadButton.addEventListener('click', () => void load())
