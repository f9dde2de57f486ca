import { Gauge } from 'prom-client'
import { registry } from '../observe/metrics.ts'

type Counted = { readonly counts: { readonly rooms: number; readonly members: number; readonly changesPerSecond: number } }

const shown = new Set<Counted>()
const sum = (of: (counts: Counted['counts']) => number): number => [...shown].reduce((total, each) => total + of(each.counts), 0)

new Gauge({
  name: 'atelier_documents_open',
  help: 'Documents that are open',
  registers: [registry],
  collect() {
    this.set(sum(({ rooms }) => rooms))
  },
})
new Gauge({
  name: 'atelier_document_members',
  help: 'Connections to open documents',
  registers: [registry],
  collect() {
    this.set(sum(({ members }) => members))
  },
})
new Gauge({
  name: 'atelier_document_changes_per_second',
  help: 'Changes that all documents together take, mean of about the last second',
  registers: [registry],
  collect() {
    this.set(sum(({ changesPerSecond }) => changesPerSecond))
  },
})

export const showRooms = (documents: Counted): void => {
  shown.add(documents)
}
export const hideRooms = (documents: Counted): void => {
  shown.delete(documents)
}
