/** The warm pool's own counters, shown as metrics. */
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
  refillMs: 'How long the latest openings took, milliseconds',
}

/** Reads the pool whenever the metrics are asked for. */
export function showPool(read: () => PoolSnapshot): void {
  for (const name of Object.keys(meanings) as (keyof PoolSnapshot)[])
    new Gauge({
      name: `atelier_pool_${name === 'refillMs' ? 'refill_ms' : name}`,
      help: meanings[name],
      registers: [registry],
      collect() {
        this.set(read()[name])
      },
    })
}
