/** Light, dark or high contrast: as the system says, or as the person chose; remembered in this browser. */
import { createStore, type StoreApi } from 'zustand/vanilla'

export const themeChoices = ['system', 'light', 'dark', 'contrast'] as const
export type ThemeChoice = (typeof themeChoices)[number]
export type ThemeName = Exclude<ThemeChoice, 'system'>

/** The script in the page's head (page/early.js) reads the same key before the first paint. */
export const themeKey = 'atelier.theme'

export type Appearance = {
  readonly store: StoreApi<{ readonly choice: ThemeChoice; readonly theme: ThemeName }>
  choose(choice: ThemeChoice): void
}

export function createAppearance(): Appearance {
  const store = createStore<{ readonly choice: ThemeChoice; readonly theme: ThemeName }>(() => ({
    choice: 'system',
    theme: 'light',
  }))
  if (typeof window === 'undefined') return { store, choose: () => {} }
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const contrast = matchMedia('(prefers-contrast: more)')
  const apply = (choice: ThemeChoice): void => {
    const theme = choice === 'system' ? (contrast.matches ? 'contrast' : dark.matches ? 'dark' : 'light') : choice
    document.documentElement.dataset.theme = theme
    store.setState({ choice, theme })
  }
  const followSystem = (): void => apply(store.getState().choice)
  dark.addEventListener('change', followSystem)
  contrast.addEventListener('change', followSystem)
  const remembered = themeChoices.find((choice) => choice === localStorage.getItem(themeKey))
  apply(remembered ?? 'system')
  return {
    store,
    choose(choice) {
      localStorage.setItem(themeKey, choice)
      apply(choice)
    },
  }
}
