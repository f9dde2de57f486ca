/** Which wall stands between a program and the machine, what it is made of, and the others that may be chosen. */
import type { IsolationOffer } from '@atelier/protocol/server-status'
import { useStore } from 'zustand'
import { sizeText, timeText } from '../design/amounts.ts'
import { Icon } from '../design/Icon.tsx'
import { PopoverButton } from '../design/Menus.tsx'
import { useWorkbench } from '../workbench/context.ts'
import { isolationToAskFor } from './isolation-choice.ts'

const names: Readonly<Record<string, string>> = {
  process: 'Process',
  container: 'Container',
  gvisor: 'gVisor',
  microvm: 'MicroVM',
}

export function IsolationStatus() {
  const { server, runChoice, executions } = useWorkbench()
  const status = useStore(server, (state) => state.status)
  const chosen = useStore(runChoice, (choice) => choice.isolation)
  const inForce = useStore(executions.store, (run) => (run.kind === 'running' ? run.isolation : null))
  const { isolation: usual, isolations, limits, version } = status
  const level = inForce ?? isolationToAskFor(chosen, status) ?? usual.level
  const { summary, findings } = isolations.find((offer) => offer.level === level) ?? usual
  const weak = level === 'process' || findings.some((finding) => !finding.ok)
  const { default: limit } = limits
  return (
    <PopoverButton
      title={`Isolation: ${names[level] ?? level}`}
      trigger={
        <button type="button" className="status-item" data-weak={weak}>
          <Icon name={weak ? 'warning' : 'shield'} />
          <span className="status-text">{names[level] ?? level}</span>
        </button>
      }
    >
      <p>{summary}</p>
      {isolations.length < 2 ? null : <IsolationChoice offers={isolations} usual={usual.level} level={level} />}
      <ul className="findings">
        {findings.map((finding) => (
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
        Each run gets {timeText(limit.cpuMs)} of CPU time within {timeText(limit.wallMs)}, {sizeText(limit.memoryBytes)} of memory
        and {limit.processes} processes, and no network.{' '}
        {level === 'process' ? 'It shares its interpreter with other runs.' : 'Its sandbox is used once and destroyed.'} Atelier{' '}
        {version}.
      </p>
    </PopoverButton>
  )
}

/** For the next run. */
function IsolationChoice({
  offers,
  usual,
  level,
}: {
  readonly offers: readonly IsolationOffer[]
  readonly usual: string
  readonly level: string
}) {
  const { runChoice } = useWorkbench()
  return (
    <fieldset className="isolation-choice">
      <legend>The next run uses</legend>
      {offers.map((offer) => (
        <label key={offer.level} data-disabled={offer.state === 'unusable'}>
          <input
            type="radio"
            name="isolation"
            checked={offer.level === level}
            disabled={offer.state === 'unusable'}
            onChange={() => runChoice.setState({ isolation: offer.level === usual ? null : offer.level })}
          />
          <span>
            {names[offer.level] ?? offer.level}
            {offer.level === usual ? ' (usual)' : null}
            {offer.state === 'usable' ? null : (
              <small>{offer.state === 'examining' ? 'being tried out on this machine' : offer.summary}</small>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
