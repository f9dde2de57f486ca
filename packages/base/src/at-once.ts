/**
 * For answers that are mostly at hand and sometimes have to be waited for. A promise costs a busy request a microsecond or two, and one that
 * waits for nothing costs the same.
 */
export type Soon<Value> = Value | Promise<Value>

/** What `next` makes of the value: at once when it is here, else when it comes. What `next` throws is then thrown, or the promise's. */
export function follow<Value, Result>(value: Soon<Value>, next: (value: Value) => Soon<Result>): Soon<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}
