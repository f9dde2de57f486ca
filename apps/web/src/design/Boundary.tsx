/** What breaks in one part of the page stays there: the text, which is not React's, goes on and is saved. */
import { Component, type ReactNode } from 'react'

type Props = {
  readonly children: ReactNode
  /** Shown instead; nothing when absent. */
  readonly instead?: ReactNode
  readonly onError?: (error: unknown) => void
}

export class Boundary extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError(): { readonly broken: boolean } {
    return { broken: true }
  }

  override componentDidCatch(error: unknown): void {
    console.error(error)
    this.props.onError?.(error)
  }

  override render(): ReactNode {
    return this.state.broken ? (this.props.instead ?? null) : this.props.children
  }
}

export const BrokenPart = () => (
  <div className="placeholder">
    <h2>This part of the page broke</h2>
    <p>Your files are safe. Reload the page to go on.</p>
    <button type="button" className="button" onClick={() => location.reload()}>
      Reload
    </button>
  </div>
)
