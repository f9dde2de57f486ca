import pg from 'pg'

/**
 * How columns become JavaScript values. Beside pg's usual ones: `bigint` is a number (our counters and sizes stay below
 * 2^53; a larger value throws rather than being rounded). Results always travel as text: pg decodes every field as
 * UTF-8 before it looks at the format, so binary results arrive damaged.
 */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    ownParsers.get(oid) ?? pg.types.getTypeParser(oid, format ?? 'text'),
}

const ownParsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, parseBigint],
  [pg.types.builtins.BYTEA, (hex) => Buffer.from(hex.slice('\\x'.length), 'hex')],
])

function parseBigint(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} does not fit into a number`)
  return number
}
