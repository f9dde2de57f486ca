/** While compilers are on their way: which languages they bring, and how far they are. */
import { useStore } from 'zustand'
import { Icon } from '../design/Icon.tsx'
import { PopoverButton } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { listed } from './server-news.ts'

export function ToolchainStatus() {
  const { server } = useWorkbench()
  const { languages, status } = useStore(server)
  const { toolchain } = status
  const missing = languages.filter((language) => language.wanted && !language.available).map((language) => language.name)
  if (missing.length === 0) return null
  if (toolchain.state === 'building') {
    const percent = Math.round(Math.min(1, Math.max(0, toolchain.progress)) * 100)
    const text = `${listed(missing)} ${missing.length === 1 ? 'arrives' : 'arrive'} in a moment: ${toolchain.step} ${percent} %`
    return (
      <span
        className="status-item toolchain"
        title={text}
        role="progressbar"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={text}
      >
        <span className="progress" style={{ '--progress': `${percent}%` } as React.CSSProperties} />
        <span className="status-text">{text}</span>
      </span>
    )
  }
  if (toolchain.state !== 'failed' && toolchain.state !== 'off') return null
  return (
    <PopoverButton
      title={`${listed(missing)}: not available`}
      trigger={
        <button type="button" className="status-item" data-weak="true">
          <Icon name="warning" />
          <span className="status-text">Without {listed(missing)}</span>
        </button>
      }
    >
      <p>{toolchain.reason}</p>
      <p className="quiet-text">{toolchain.remedy}</p>
    </PopoverButton>
  )
}
