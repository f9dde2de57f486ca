/** One step of a calculation: a number, or an operation on two others. */
export type Term = { kind: 'number'; value: number } | { kind: 'operation'; sign: Sign; left: Term; right: Term }
type Sign = '+' | '-' | '*' | '/' | '^'

export class BadExpression extends Error {}

const strengths: Record<Sign, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '^': 3 }
const isSign = (token: string | undefined): token is Sign => token !== undefined && token in strengths

export function tokensOf(text: string): string[] {
  const tokens = text.match(/\d+(?:\.\d+)?|[-+*/^()]|\S/g) ?? []
  const odd = tokens.find((token) => !/^(?:\d|[-+*/^()])/.test(token))
  if (odd !== undefined) throw new BadExpression(`"${odd}" means nothing here`)
  return tokens
}

/** Stronger signs bind first; equal ones from the left, "^" from the right. */
export function parse(text: string): Term {
  const tokens = tokensOf(text)
  let at = 0

  function operand(): Term {
    const token = tokens[at++]
    if (token === undefined) throw new BadExpression('the end comes too early')
    if (token === '-') return { kind: 'operation', sign: '-', left: { kind: 'number', value: 0 }, right: operand() }
    if (token === '(') {
      const inside = expression(1)
      if (tokens[at++] !== ')') throw new BadExpression('a ")" is missing')
      return inside
    }
    if (!/^\d/.test(token)) throw new BadExpression(`a number is missing before "${token}"`)
    return { kind: 'number', value: Number(token) }
  }

  function expression(weakest: number): Term {
    let left = operand()
    for (let sign = tokens[at]; isSign(sign) && strengths[sign] >= weakest; sign = tokens[at]) {
      at++
      left = { kind: 'operation', sign, left, right: expression(sign === '^' ? strengths[sign] : strengths[sign] + 1) }
    }
    return left
  }

  const whole = expression(1)
  if (at < tokens.length) throw new BadExpression(`"${tokens[at]}" is too much`)
  return whole
}

export function worthOf(term: Term): number {
  if (term.kind === 'number') return term.value
  const [left, right] = [worthOf(term.left), worthOf(term.right)]
  switch (term.sign) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (right === 0) throw new BadExpression('nothing can be divided by zero')
      return left / right
    case '^':
      return left ** right
  }
}

export const calculate = (text: string): number => worthOf(parse(text))
