const signs = [
  ['M', 1000],
  ['CM', 900],
  ['D', 500],
  ['CD', 400],
  ['C', 100],
  ['XC', 90],
  ['L', 50],
  ['XL', 40],
  ['X', 10],
  ['IX', 9],
  ['V', 5],
  ['IV', 4],
  ['I', 1],
]

export const largest = 3999

/** 1994 becomes "MCMXCIV". */
export function toRoman(number) {
  if (!Number.isInteger(number) || number < 1 || number > largest)
    throw new RangeError(`${number} is not a whole number from 1 to ${largest}`)
  let text = ''
  let rest = number
  for (const [sign, worth] of signs)
    while (rest >= worth) {
      text += sign
      rest -= worth
    }
  return text
}

/** "MCMXCIV" becomes 1994. Only the usual spelling counts: "IIX" is refused. */
export function fromRoman(text) {
  const roman = text.toUpperCase()
  let number = 0
  let at = 0
  for (const [sign, worth] of signs)
    while (roman.startsWith(sign, at)) {
      number += worth
      at += sign.length
    }
  if (at === 0 || at < roman.length || number > largest || toRoman(number) !== roman)
    throw new RangeError(`${text} is not how the Romans wrote a number`)
  return number
}
