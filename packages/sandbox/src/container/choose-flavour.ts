/**
 * Which way the container driver makes its boxes: by bubblewrap, which is quickest; where that does not work, as on a host that
 * forbids user namespaces, and the server is root, by crun. Found out once, by opening a real box, when the driver is probed.
 */
import { causeOf, found, missing, notUsable } from '../driver/findings.ts'
import type { Probe, SandboxDriver } from '../sandbox.ts'

export function chooseFlavour(bubblewrap: SandboxDriver, makeOther: () => SandboxDriver): SandboxDriver {
  let chosen = bubblewrap
  let other: SandboxDriver | null = null
  return {
    isolation: 'container',
    get flavour() {
      return chosen.flavour
    },
    async probe(): Promise<Probe> {
      const first = await probeWithBox(bubblewrap)
      if (first.usable) {
        chosen = bubblewrap
        return first
      }
      other ??= makeOther()
      const second = await other.probe()
      if (!second.usable) return { ...first, findings: [...first.findings, ...second.findings.filter(({ ok }) => !ok)] }
      chosen = other
      const reason = first.summary.replace(/^not usable here: /, '')
      const note = found('bubblewrap', `not used (${reason}): crun makes the boxes`)
      return { ...second, findings: [note, ...second.findings] }
    },
    open: (spec, signal) => chosen.open(spec, signal),
    async close() {
      await Promise.all([bubblewrap.close(), other?.close()])
    },
  }
}

/** All may look well, and the kernel still refuse. */
async function probeWithBox(driver: SandboxDriver): Promise<Probe> {
  const probe = await driver.probe()
  if (!probe.usable) return probe
  try {
    const sandbox = await driver.open({ root: { kind: 'host' }, warmth: 'exec' })
    await sandbox.destroy()
    return probe
  } catch (error) {
    const remedy = 'see the other findings; in a container, allow user namespaces and mounts'
    const finding = missing('box', `no box could be opened: ${causeOf(error)}`, remedy)
    return notUsable(finding.detail, [...probe.findings, finding])
  }
}
