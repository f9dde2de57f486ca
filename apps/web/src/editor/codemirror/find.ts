/** Search in the text that is edited with fingers; it comes when it is first asked for. */
import { openSearchPanel, search, searchKeymap } from '@codemirror/search'
import { type Compartment, EditorState } from '@codemirror/state'
import { type EditorView, keymap } from '@codemirror/view'

/** `place`: where in the state the search belongs. */
export function openFind(view: EditorView, place: Compartment): void {
  const configured = place.get(view.state)
  if (configured === undefined) return
  if (Array.isArray(configured) && configured.length === 0)
    view.dispatch({
      effects: place.reconfigure([search({ top: true }), keymap.of(searchKeymap), EditorState.phrases.of(phrases)]),
    })
  openSearchPanel(view)
}

const phrases = {
  next: 'Next',
  previous: 'Previous',
  all: 'All',
  'match case': 'Match case',
  'by word': 'Whole words',
  regexp: 'Regular expression',
}
