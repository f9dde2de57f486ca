/**
 * Which panels are on show and how large. The sizes are CSS variables on the root element: the script in the page's head sets them
 * before the first paint, so a remembered layout never jumps.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { remember, remembered } from './remembered.ts'

export const panes = ['files', 'editor', 'output'] as const
export type Pane = (typeof panes)[number]

export type Sizes = { readonly sidebar: number; readonly panel: number; readonly side: number }
export type LayoutState = {
  readonly sidebar: boolean
  readonly panel: boolean
  /** Output below the editor, or beside it. */
  readonly dock: 'bottom' | 'right'
  readonly sizes: Sizes
  /** On a narrow screen: the one panel that is on show. */
  readonly pane: Pane
  /** What the left panel shows. */
  readonly left: 'files' | 'search'
  /** Somebody asks for the search; its panel takes it. */
  readonly searchAsked: { readonly part: 'find' | 'replace' } | null
}

/** Smallest, usual and largest sizes in CSS pixels. */
export const sizeBounds = {
  sidebar: { least: 160, usual: 248, most: 560 },
  panel: { least: 96, usual: 260, most: 900 },
  side: { least: 240, usual: 460, most: 1200 },
} as const

/** page/early.js reads the same key. */
export const layoutKey = 'atelier.layout'

export const startLayout: LayoutState = {
  sidebar: true,
  panel: true,
  dock: 'bottom',
  sizes: { sidebar: sizeBounds.sidebar.usual, panel: sizeBounds.panel.usual, side: sizeBounds.side.usual },
  pane: 'editor',
  left: 'files',
  searchAsked: null,
}

export type Layout = {
  readonly store: StoreApi<LayoutState>
  toggleSidebar(): void
  togglePanel(): void
  showPanel(): void
  setDock(dock: LayoutState['dock']): void
  resize(which: keyof Sizes, size: number): void
  show(pane: Pane): void
  /** In the left panel. */
  showFiles(): void
  showSearch(part: 'find' | 'replace'): void
}

export function createLayout(): Layout {
  const store = createStore<LayoutState>(() => startLayout)
  const set = (change: Partial<LayoutState>): void => {
    store.setState(change)
    apply(store.getState())
  }
  return {
    store,
    toggleSidebar: () => set({ sidebar: !store.getState().sidebar }),
    togglePanel: () => set({ panel: !store.getState().panel }),
    showPanel: () => {
      if (!store.getState().panel) set({ panel: true })
    },
    setDock: (dock) => set({ dock, panel: true }),
    resize(which, size) {
      const { least, most } = sizeBounds[which]
      set({ sizes: { ...store.getState().sizes, [which]: Math.round(Math.min(most, Math.max(least, size))) } })
    },
    show: (pane) => store.setState({ pane }),
    showFiles: () => store.setState({ left: 'files' }),
    showSearch(part) {
      if (!store.getState().sidebar) set({ sidebar: true })
      store.setState({ left: 'search', searchAsked: { part }, pane: 'files' })
    },
  }
}

/** After the first render: the layout as it was left. */
export function restoreLayout(layout: Layout): void {
  const kept = remembered(layoutKey, isKept)
  if (kept !== null) layout.store.setState({ ...kept, sizes: { ...startLayout.sizes, ...kept.sizes } })
}

type Kept = Pick<LayoutState, 'sidebar' | 'panel' | 'dock' | 'sizes'>

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false
  const { sidebar, panel, dock, sizes } = value as Partial<Record<keyof Kept, unknown>>
  return (
    typeof sidebar === 'boolean' &&
    typeof panel === 'boolean' &&
    (dock === 'bottom' || dock === 'right') &&
    typeof sizes === 'object'
  )
}

function apply({ sidebar, panel, dock, sizes }: LayoutState): void {
  remember(layoutKey, { sidebar, panel, dock, sizes } satisfies Kept)
  const root = document.documentElement
  root.dataset.sidebar = sidebar ? 'on' : 'off'
  root.dataset.panel = panel ? dock : 'off'
  for (const [name, size] of Object.entries(sizes)) root.style.setProperty(`--${name}-size`, `${size}px`)
}
