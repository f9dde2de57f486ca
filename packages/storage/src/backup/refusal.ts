/**
 * A backup cannot be made or taken back, and the person who hosts can change that. The message is made for them: what is wrong, then
 * what to do. `damaged`: the file itself is not what was written.
 */
export class BackupRefusal extends Error {
  override readonly name = 'BackupRefusal'
  readonly reason: 'damaged' | 'newer' | 'occupied' | 'unfinished' | 'unreachable' | 'no-room' | 'no-keys' | 'not-possible'
  constructor(reason: BackupRefusal['reason'], sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.reason = reason
  }
}
