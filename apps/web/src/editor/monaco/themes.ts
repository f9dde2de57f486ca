/** Monaco's colours, made of the same pigments as the page (design/tokens.css). */
import { editor } from 'monaco-editor/editor'
import type { ThemeName } from '../../appearance/appearance.ts'

type Pigments = {
  readonly base: 'vs' | 'vs-dark' | 'hc-black'
  readonly sheet: string
  readonly raised: string
  readonly ink: string
  readonly faint: string
  readonly line: string
  readonly wash: string
  readonly selection: string
  readonly accent: string
  readonly comment: string
  readonly keyword: string
  readonly string: string
  readonly number: string
  readonly callable: string
  readonly type: string
  readonly mark: string
}

const pigments: Readonly<Record<ThemeName, Pigments>> = {
  light: {
    base: 'vs',
    sheet: '#fffdf9',
    raised: '#ffffff',
    ink: '#2b2723',
    faint: '#8f8475',
    line: '#e2dace',
    wash: '#f6f1e8',
    selection: '#cfe5d9',
    accent: '#1c7356',
    comment: '#7b7164',
    keyword: '#a3305b',
    string: '#29704d',
    number: '#8a5a00',
    callable: '#2f55c0',
    type: '#17707c',
    mark: '#efc46a66',
  },
  dark: {
    base: 'vs-dark',
    sheet: '#201e1c',
    raised: '#2a2725',
    ink: '#e6dfd5',
    faint: '#7d746a',
    line: '#3a3531',
    wash: '#282522',
    selection: '#2f4a3e',
    accent: '#5ccb9f',
    comment: '#91877a',
    keyword: '#ee8fa9',
    string: '#93cfa6',
    number: '#e3b568',
    callable: '#94b3ff',
    type: '#7fcbd2',
    mark: '#e3b56840',
  },
  contrast: {
    base: 'hc-black',
    sheet: '#000000',
    raised: '#000000',
    ink: '#ffffff',
    faint: '#bdbdbd',
    line: '#ffffff',
    wash: '#1a1a1a',
    selection: '#00553a',
    accent: '#4dffb8',
    comment: '#c8c8c8',
    keyword: '#ff9ebb',
    string: '#9dffbe',
    number: '#ffd479',
    callable: '#a9c4ff',
    type: '#8ff0ff',
    mark: '#ffd47966',
  },
}

const bare = (colour: string): string => colour.slice(1)

export function defineThemes(): void {
  for (const [name, p] of Object.entries(pigments)) {
    editor.defineTheme(`atelier-${name}`, {
      base: p.base,
      inherit: true,
      rules: [
        { token: '', foreground: bare(p.ink) },
        { token: 'comment', foreground: bare(p.comment), fontStyle: 'italic' },
        { token: 'keyword', foreground: bare(p.keyword) },
        { token: 'keyword.json', foreground: bare(p.number) },
        { token: 'string', foreground: bare(p.string) },
        { token: 'string.escape', foreground: bare(p.number) },
        { token: 'number', foreground: bare(p.number) },
        { token: 'regexp', foreground: bare(p.number) },
        { token: 'type', foreground: bare(p.type) },
        { token: 'type.identifier', foreground: bare(p.type) },
        { token: 'tag', foreground: bare(p.keyword) },
        { token: 'metatag', foreground: bare(p.keyword) },
        { token: 'attribute.name', foreground: bare(p.callable) },
        { token: 'attribute.value', foreground: bare(p.string) },
        { token: 'annotation', foreground: bare(p.number) },
        { token: 'variable.predefined', foreground: bare(p.type) },
        { token: 'predefined', foreground: bare(p.callable) },
        { token: 'key', foreground: bare(p.callable) },
        { token: 'delimiter', foreground: bare(p.ink) },
        { token: 'invalid', foreground: bare(p.keyword) },
      ],
      colors: {
        'editor.background': p.sheet,
        'editor.foreground': p.ink,
        'editorLineNumber.foreground': p.faint,
        'editorLineNumber.activeForeground': p.comment,
        'editorCursor.foreground': p.accent,
        'editor.selectionBackground': p.selection,
        'editor.inactiveSelectionBackground': `${p.selection}99`,
        'editor.lineHighlightBackground': p.wash,
        'editor.lineHighlightBorder': '#00000000',
        'editorIndentGuide.background1': p.line,
        'editorIndentGuide.activeBackground1': p.faint,
        'editorWidget.background': p.raised,
        'editorWidget.border': p.line,
        'editorSuggestWidget.background': p.raised,
        'editorSuggestWidget.selectedBackground': p.selection,
        'editorSuggestWidget.highlightForeground': p.accent,
        'editorSuggestWidget.focusHighlightForeground': p.accent,
        'editorSuggestWidget.selectedForeground': p.ink,
        'editorSuggestWidget.selectedIconForeground': p.ink,
        'editorSuggestWidget.border': p.line,
        'editorHoverWidget.background': p.raised,
        'editorStickyScroll.background': p.sheet,
        'editorStickyScrollHover.background': p.wash,
        'editorBracketHighlight.foreground1': p.ink,
        'editorBracketHighlight.foreground2': p.number,
        'editorBracketHighlight.foreground3': p.callable,
        'editorBracketHighlight.foreground4': p.keyword,
        'editorBracketHighlight.foreground5': p.type,
        'editorBracketHighlight.foreground6': p.string,
        'editorBracketHighlight.unexpectedBracket.foreground': p.keyword,
        'editorBracketMatch.background': `${p.accent}26`,
        'editorBracketMatch.border': `${p.accent}80`,
        'editor.findMatchBackground': p.mark,
        'editor.findMatchHighlightBackground': p.mark,
        'editor.wordHighlightBackground': `${p.accent}1f`,
        'editorOverviewRuler.border': '#00000000',
        'scrollbar.shadow': '#00000000',
        'scrollbarSlider.background': `${p.faint}44`,
        'scrollbarSlider.hoverBackground': `${p.faint}77`,
        'scrollbarSlider.activeBackground': `${p.faint}aa`,
        'menu.background': p.raised,
        'menu.foreground': p.ink,
        'menu.selectionBackground': p.selection,
        'menu.selectionForeground': p.ink,
        'menu.border': p.line,
        focusBorder: p.accent,
        'input.background': p.sheet,
        'input.foreground': p.ink,
        'input.border': p.line,
        'quickInput.background': p.raised,
        'quickInput.foreground': p.ink,
        'list.hoverBackground': p.wash,
        'list.focusBackground': p.selection,
        'list.focusForeground': p.ink,
        'list.activeSelectionForeground': p.ink,
        'list.activeSelectionBackground': p.selection,
        'list.highlightForeground': p.accent,
        'list.focusHighlightForeground': p.accent,
        'diffEditor.insertedTextBackground': `${p.string}2e`,
        'diffEditor.removedTextBackground': `${p.keyword}2e`,
        'diffEditor.insertedLineBackground': `${p.string}1a`,
        'diffEditor.removedLineBackground': `${p.keyword}1a`,
      },
    })
  }
}
