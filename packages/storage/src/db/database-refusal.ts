/**
 * The database cannot be used, and the person who hosts can change that. The message is made for them: what is
 * wrong, then what to do. Everything else that goes wrong here is an ordinary Error, that is, a fault.
 */
export class DatabaseRefusal extends Error {
  override readonly name = 'DatabaseRefusal'
}
