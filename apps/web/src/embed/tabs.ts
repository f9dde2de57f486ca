/** One tab per text file; arrow keys move between them. */
import type { EmbedFile } from '@atelier/protocol/embeds'

export function drawTabs(host: HTMLElement, files: readonly EmbedFile[], open: string, goTo: (path: string) => void): void {
  const texts = files.filter(({ encoding }) => encoding === 'utf8').map(({ path }) => path)
  const hadFocus = host.contains(document.activeElement)
  const tabs = texts.map((path) => {
    const isOpen = path === open
    const tab = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'embed-tab',
      textContent: path,
      title: path,
    })
    tab.setAttribute('role', 'tab')
    tab.setAttribute('aria-selected', String(isOpen))
    tab.tabIndex = isOpen ? 0 : -1
    tab.addEventListener('click', () => goTo(path))
    return tab
  })
  host.replaceChildren(...tabs)
  host.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    goTo(texts[(texts.indexOf(open) + step + texts.length) % texts.length] ?? open)
  }
  const shown = tabs[texts.indexOf(open)]
  shown?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  if (hadFocus) shown?.focus()
}
