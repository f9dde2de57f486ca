/**
 * Whether JSON is of a shape that some request could have, told without parsing it: parsing 24 MB of brackets or of tiny values
 * would keep the server from everything else for seconds. Long strings (files) are skipped at the speed of memory.
 */
const deepest = 32
/** Where a route does not say otherwise. */
const usualValues = 20_000

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Says nothing about whether it is valid JSON. */
export function isReasonable(json: Buffer, mostValues = usualValues): boolean {
  let depth = 0
  let values = 0
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case quote:
        at = endOfString(json, at)
        break
      case openBrace:
      case openBracket:
        if (++depth > deepest || ++values > mostValues) return false
        break
      case closeBrace:
      case closeBracket:
        depth--
        break
      case comma:
        if (++values > mostValues) return false
        break
    }
  }
  return true
}

/** The place of the quote that ends the string which begins at `start`; the end of everything when there is none. */
function endOfString(json: Buffer, start: number): number {
  for (let from = start + 1; ; ) {
    const end = json.indexOf(quote, from)
    if (end < 0) return json.length
    let first = end
    while (first > from && json[first - 1] === backslash) first--
    if ((end - first) % 2 === 0) return end
    from = end + 1
  }
}
