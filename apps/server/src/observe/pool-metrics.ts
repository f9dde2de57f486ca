/** The warm pools' own counters, shown as metrics: one pool for each isolation in use. */
import type { PoolSnapshot } from '@atelier/sandbox/pool'
import { Gauge } from 'prom-client'
import { registry } from './metrics.ts'

const meanings: Readonly<Record<keyof PoolSnapshot, string>> = {
  hits: 'Leases that found a warm sandbox',
  misses: 'Leases that had to wait for one',
  opened: 'Sandboxes opened',
  failed: 'Sandboxes that could not be opened',
  died: 'Sandboxes that broke while they stood warm',
  idle: 'Warm sandboxes now',
  opening: 'Sandboxes being opened now',
  waiting: 'Leases waiting now',
  leased: 'Sandboxes in use now',
  wanted: 'Warm sandboxes that demand and memory ask for now',
  quarantined: 'Sandboxes that do not die',
  ailing: 'Warm sandboxes that failed when they were tried out',
  refillMs: 'How long the latest openings took, milliseconds',
}

/** Reads the pools whenever the metrics are asked for. */
export function showPools(read: () => readonly (readonly [string, { snapshot(): PoolSnapshot }])[]): void {
  for (const name of Object.keys(meanings) as (keyof PoolSnapshot)[])
    new Gauge({
      name: `atelier_pool_${name === 'refillMs' ? 'refill_ms' : name}`,
      help: meanings[name],
      labelNames: ['isolation'],
      registers: [registry],
      collect() {
        for (const [isolation, pool] of read()) this.set({ isolation }, pool.snapshot()[name])
      },
    })
}
