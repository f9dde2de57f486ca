/** A person as a small circle. What it means is said in words beside it, so assistive technology passes over it. */
import { initialsOf } from './names.ts'

export function Avatar({ name, color }: { readonly name: string; readonly color: string }) {
  return (
    <span className="avatar" style={{ background: color }} aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}
