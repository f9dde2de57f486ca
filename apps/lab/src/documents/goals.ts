/** What the figures of a scenario are to be, and whether they are. A goal that is missed is told; the benchmark never fails for it. */

export type Goal = { readonly figure: string; readonly op: '<=' | '>='; readonly value: number }
export type Figures = Readonly<Record<string, number | string | boolean | null>>

export const goals: Readonly<Record<string, readonly Goal[]>> = {
  twoTypists: [{ figure: 'p99Ratio', op: '<=', value: 1.5 }],
  fiftyTypistsAt5: [
    { figure: 'cpuPerDeliveryRatio', op: '<=', value: 0.45 },
    { figure: 'p50Ms', op: '<=', value: 8 },
    { figure: 'p99Ms', op: '<=', value: 30 },
  ],
  fiftyTypistsAt40: [
    { figure: 'cpuPerDeliveryRatio', op: '<=', value: 0.25 },
    { figure: 'p50Ms', op: '<=', value: 8 },
    { figure: 'p99Ms', op: '<=', value: 30 },
  ],
  twoHundredDocuments: [{ figure: 'cpuPerDeliveryRatio', op: '<=', value: 0.5 }],
  cursors: [{ figure: 'cpuRatio', op: '<=', value: 0.15 }],
  idle: [{ figure: 'kbPerConnectionRatio', op: '<=', value: 0.4 }],
  openDocuments: [{ figure: 'kbPerDocumentRatio', op: '<=', value: 0.25 }],
  trace: [
    { figure: 'intakeRatio', op: '>=', value: 50 },
    { figure: 'joinAfterRestartRatio', op: '<=', value: 0.3 },
  ],
  ordered: [{ figure: 'operationsPerCpuSecondRatio', op: '>=', value: 3 }],
}

export function printGoals(scenario: string, figures: Figures): void {
  for (const { figure, op, value } of goals[scenario] ?? []) {
    const measured = figures[figure]
    if (typeof measured !== 'number' || Number.isNaN(measured)) {
      console.log(`  goal  ${figure} ${op} ${value}: not measured`)
      continue
    }
    const isReached = op === '<=' ? measured <= value : measured >= value
    console.log(`  goal  ${figure} ${op} ${value}: ${measured} — ${isReached ? 'reached' : 'NOT reached'}`)
  }
}

export const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits))
