/** An operation from somebody we do not trust. */
import { type Operation, OperationBuilder, OperationMisfit } from './operation.ts'

export type OperationLimits = {
  /** Components, at most. */
  readonly components: number
  /** Units put in, at most. */
  readonly insertedUnits: number
  /** Length of any text, at most. */
  readonly textUnits: number
}

/**
 * Checks `value` and brings it into normal form. Text that is put in must be well-formed: half a surrogate pair cannot be stored.
 * @throws OperationMisfit
 */
export function parseOperation(value: unknown, limits: OperationLimits): Operation {
  if (!Array.isArray(value)) throw new OperationMisfit('an operation is a list')
  if (value.length > limits.components)
    throw new OperationMisfit(`it has ${value.length} parts, at most ${limits.components} are taken`)
  const builder = new OperationBuilder()
  let [walked, inserted] = [0, 0]
  for (const component of value as readonly unknown[]) {
    if (typeof component === 'string' && component !== '') {
      inserted += component.length
      if (inserted > limits.insertedUnits) throw new OperationMisfit(`it puts in more than ${limits.insertedUnits} units`)
      if (!isWellFormed(component)) throw new OperationMisfit('it puts in half a character')
      builder.insert(component)
    } else if (typeof component === 'number' && Number.isSafeInteger(component) && component !== 0) {
      walked += Math.abs(component)
      if (walked > limits.textUnits) throw new OperationMisfit('it walks over more than any text is long')
      if (component > 0) builder.retain(component)
      else builder.remove(-component)
    } else throw new OperationMisfit('a part is a text that is not empty, or a whole number that is not zero')
  }
  return builder.build()
}

/** Whether every surrogate has its other half. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed()
}
