/** Bytes as programmers look at them: where, sixteen of them, and what of it can be read. */

const perRow = 16

export function hexRows(bytes: Uint8Array): string {
  const rows: string[] = []
  for (let start = 0; start < bytes.length; start += perRow) {
    const row = [...bytes.subarray(start, start + perRow)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0'))
    const halves = `${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`.padEnd(perRow * 3 + 1)
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    rows.push(`${start.toString(16).padStart(8, '0')}  ${halves} ${text}`)
  }
  return rows.join('\n')
}
