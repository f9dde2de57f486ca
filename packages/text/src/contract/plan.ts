/** What happens in a test, as data: made from a seed, carried out the same way each time, and made shorter when it fails. */
import { Chance } from './chance.ts'

export type Step =
  /** `share`: where, as a part of the text's length. `units`: null: nothing is put in. `more`: a second place in the same edit. */
  | {
      readonly do: 'edit'
      readonly who: number
      readonly share: number
      readonly remove: number
      readonly units: string | null
      readonly more: boolean
    }
  | { readonly do: 'undo' | 'redo'; readonly who: number; readonly times: number }
  | { readonly do: 'close step'; readonly who: number }
  /** `gather`: what others did comes to the page, and waits there until something is delivered. */
  | { readonly do: 'read' | 'gather' | 'deliver'; readonly who: number; readonly messages: number }
  | { readonly do: 'cut' | 'connect' | 'reload'; readonly who: number }
  | { readonly do: 'rewrite'; readonly share: number; readonly remove: number }
  | { readonly do: 'commit' | 'restart' | 'compact' }

export type Plan = {
  readonly seed: number
  readonly pages: number
  readonly text: string
  /** Nothing is ever taken out, so every piece that was typed can be counted. */
  readonly onlyInserts: boolean
  readonly steps: readonly Step[]
}

const texts = ['', 'once upon a time', '😀 emoji\n\tcombined e\u0301\u0323\nfamily 👨‍👩‍👧‍👦\n', 'x\n'.repeat(60)]
const typed = [
  '',
  'a',
  '\n',
  '😀',
  'e\u0301',
  '\ud83d',
  '\ude00',
  '👨‍👩‍👧',
  'word ',
  'paste\n'.repeat(40),
  '𝔘'.repeat(70),
  '\u0000"\\',
]

export function planOf(seed: number): Plan {
  const chance = new Chance(seed)
  const pages = 2 + chance.below(3)
  const onlyInserts = chance.share() < 0.4
  const steps = Array.from({ length: 20 + chance.below(160) }, () => stepOf(chance, pages, onlyInserts))
  return { seed, pages, text: chance.pick(texts), onlyInserts, steps }
}

function stepOf(chance: Chance, pages: number, onlyInserts: boolean): Step {
  const [kind, who] = [chance.below(100), chance.below(pages)]
  const messages = 1 + chance.below(3)
  if (kind < 34) {
    const remove = onlyInserts || chance.share() < 0.6 ? 0 : chance.below(6)
    const units = remove > 0 && chance.share() < 0.5 ? null : chance.pick(typed)
    return { do: 'edit', who, share: chance.share(), remove, units, more: chance.share() < 0.2 }
  }
  if (kind < 40 && !onlyInserts) return undoOf(chance, who)
  if (kind < 58) return { do: 'read', who, messages }
  if (kind < 68) return { do: 'deliver', who, messages }
  if (kind < 78) return { do: 'gather', who, messages: 2 * messages }
  if (kind < 88) return { do: 'commit' }
  if (kind < 91) return { do: 'cut', who }
  if (kind < 94) return { do: 'connect', who }
  if (kind < 95) return { do: 'reload', who }
  if (kind < 97) return { do: 'compact' }
  if (kind < 98) return { do: 'restart' }
  return { do: 'rewrite', share: chance.share(), remove: onlyInserts ? 0 : chance.below(8) }
}

function undoOf(chance: Chance, who: number): Step {
  const kind = chance.pick(['undo', 'undo', 'redo', 'close step'] as const)
  return kind === 'close step' ? { do: kind, who } : { do: kind, who, times: 1 + chance.below(4) }
}

/** Fewer steps with which it still fails. */
export function shortened(plan: Plan, fails: (plan: Plan) => boolean): Plan {
  let steps = plan.steps
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < steps.length; ) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)]
      if (fails({ ...plan, steps: fewer })) steps = fewer
      else at += size
    }
  return { ...plan, steps }
}
