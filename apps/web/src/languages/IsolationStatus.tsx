/** Which wall stands between a program and the machine, and what it is made of. */
import { useStore } from 'zustand'
import { sizeText, timeText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { PopoverButton } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'

const names: Readonly<Record<string, string>> = {
  process: 'Process',
  container: 'Container',
  gvisor: 'gVisor',
  microvm: 'MicroVM',
}

export function IsolationStatus() {
  const { server } = useWorkbench()
  const { isolation, limits, version } = useStore(server, (state) => state.status)
  const weak = isolation.level === 'process' || isolation.findings.some((finding) => !finding.ok)
  const { default: usual } = limits
  return (
    <PopoverButton
      title={`Isolation: ${names[isolation.level] ?? isolation.level}`}
      trigger={
        <button type="button" className="status-item" data-weak={weak}>
          <Icon name={weak ? 'warning' : 'shield'} />
          <span className="status-text">{names[isolation.level] ?? isolation.level}</span>
        </button>
      }
    >
      <p>{isolation.summary}</p>
      <ul className="findings">
        {isolation.findings.map((finding) => (
          <li key={finding.name} data-ok={finding.ok}>
            <Icon name={finding.ok ? 'check' : 'warning'} />
            <span>
              <strong>{finding.name}</strong> {finding.detail}
              {finding.ok || finding.remedy === '' ? null : <small>{finding.remedy}</small>}
            </span>
          </li>
        ))}
      </ul>
      <p className="quiet-text">
        Each run gets {timeText(usual.cpuMs)} of CPU time within {timeText(usual.wallMs)}, {sizeText(usual.memoryBytes)} of memory
        and {usual.processes} processes, and no network. Its sandbox is used once and destroyed. Atelier {version}.
      </p>
    </PopoverButton>
  )
}
