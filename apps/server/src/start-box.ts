/** The box that `npm start` ends with: where to go, what protects the machine, where the data is, how to stop. */
import type { IsolationStatus } from '@atelier/protocol/server-status'
import type { SecondWall } from '@atelier/storage/db/member-role'

export type StartBox = {
  readonly url: string
  readonly isolation: IsolationStatus
  readonly wall: SecondWall
  readonly dataFolder: string
  /** Makes the first administrator; null: there is one. */
  readonly adminUrl: string | null
  /** What the start took. */
  readonly seconds: number
  readonly version: string
  /** Terminal columns; the box never becomes wider. */
  readonly columns: number
}

export function startBox(box: StartBox): string {
  const width = Math.max(48, Math.min(box.columns, 96)) - 4
  const rows: readonly (readonly [string, string])[] = [
    ['Open', box.url],
    ['Isolation', `${box.isolation.level}: ${box.isolation.summary}`],
    ...box.isolation.findings
      .filter((finding) => !finding.ok)
      .map(({ name, detail, remedy }) => ['', `! ${name}: ${detail}${remedy === '' ? '' : ` → ${remedy}`}`] as const),
    ...(box.wall.role === null
      ? [['Database', `! row security is not in force: ${box.wall.why} → ${box.wall.remedy}`] as const]
      : []),
    ...(box.adminUrl === null ? [] : [['Admin', `${box.adminUrl} (once, for a day: makes you the administrator)`] as const]),
    ['Data', box.dataFolder],
    ['Stop', 'Ctrl-C'],
  ]
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + 2
  const lines = rows.flatMap(([label, text]) =>
    wrap(text, width - labelWidth).map((line, index) => (index === 0 ? label : '').padEnd(labelWidth) + line),
  )
  const title = `Atelier ${box.version} is ready (${box.seconds.toFixed(1)} s)`
  const edge = '─'.repeat(width + 2)
  const row = (text: string): string => `│ ${text.padEnd(width)} │`
  return [`╭${edge}╮`, row(title), row(''), ...lines.map(row), `╰${edge}╯`].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (line.length > width) {
      lines.push(line.slice(0, width))
      line = line.slice(width)
    }
  }
  return [...lines, line]
}
