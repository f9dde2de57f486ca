/** Operations as editors speak of them, and back. */
import type { TextChange } from '../replica.ts'
import { type Operation, OperationBuilder } from './operation.ts'

/** Changes of one text, apart from each other, first to last, all counted in the text before. */
export function operationOf(changes: readonly TextChange[]): Operation {
  const builder = new OperationBuilder()
  let walked = 0
  for (const { at, remove, insert } of changes) {
    builder
      .retain(at - walked)
      .insert(insert)
      .remove(remove)
    walked = at + remove
  }
  return builder.build()
}

export function changesOf(operation: Operation): readonly TextChange[] {
  const changes: TextChange[] = []
  let [at, insert] = [0, '']
  const put = (remove: number): void => {
    if (remove > 0 || insert !== '') changes.push({ at, remove, insert })
    insert = ''
    at += remove
  }
  for (const component of operation) {
    if (typeof component === 'string') insert += component
    else if (component < 0) put(-component)
    else {
      put(0)
      at += component
    }
  }
  put(0)
  return changes
}
