;(() => {
  const root = document.documentElement
  const keep = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  }
  const choice = keep('atelier.theme')
  const system = matchMedia('(prefers-contrast: more)').matches
    ? 'contrast'
    : matchMedia('(prefers-color-scheme: dark)').matches
      ? 'dark'
      : 'light'
  root.dataset.theme = choice === 'light' || choice === 'dark' || choice === 'contrast' ? choice : system
  try {
    const layout = JSON.parse(keep('atelier.layout'))
    if (layout) {
      root.dataset.sidebar = layout.sidebar ? 'on' : 'off'
      root.dataset.panel = layout.panel ? (layout.dock === 'right' ? 'right' : 'bottom') : 'off'
      for (const name of ['sidebar', 'panel', 'side'])
        if (layout.sizes[name] > 0) root.style.setProperty(`--${name}-size`, `${+layout.sizes[name]}px`)
    }
  } catch {}
  // Keys pressed before the scripts are there: the browser's own "save page" and "reload" must not happen; Run is done later.
  const early = { run: false }
  window.atelierEarly = early
  early.hear = (event) => {
    const mod = event.ctrlKey || event.metaKey
    if ((mod && event.key === 'Enter') || (event.key === 'F5' && !mod && !event.shiftKey)) early.run = true
    else if (!(mod && (event.key === 's' || event.key === 'p'))) return
    event.preventDefault()
  }
  early.click = (event) => {
    if (event.target.closest?.('#run')) early.run = true
  }
  // The page is painted and can be typed into first; its scripts start in the frame after, though they are on their way already.
  const { entry } = document.currentScript.dataset
  addEventListener('DOMContentLoaded', () => requestAnimationFrame(() => setTimeout(() => import(entry))))
  addEventListener('keydown', early.hear, true)
  addEventListener('click', early.click, true)
})()
