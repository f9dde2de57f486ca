/**
 * Which way the container driver makes its boxes: by bubblewrap, which is quickest; where that does not work, as on a host that
 * forbids user namespaces, and the server is root, by crun. Found out once, by opening a real box, when the driver is probed.
 */
import type { Finding, Probe, SandboxDriver } from '../sandbox.ts'

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
      const note: Finding = { name: 'bubblewrap', ok: true, detail: `not used (${reason}): crun makes the boxes`, remedy: '' }
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
    const detail = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    const remedy = 'see the other findings; in a container, allow user namespaces and mounts'
    const finding: Finding = { name: 'box', ok: false, detail: `no box could be opened: ${detail}`, remedy }
    return { usable: false, summary: `not usable here: ${finding.detail}`, findings: [...probe.findings, finding] }
  }
}
