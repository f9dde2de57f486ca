/** What all rooms together hold in memory of changes that are not stored yet, and whether that is too much. */
const waitingBytes = 64 * 1024 * 1024

export class Allowances {
  #bytes = 0

  get isFull(): boolean {
    return this.#bytes > waitingBytes
  }

  claim(bytes: number): void {
    this.#bytes += bytes
  }

  release(bytes: number): void {
    this.#bytes -= bytes
  }
}
