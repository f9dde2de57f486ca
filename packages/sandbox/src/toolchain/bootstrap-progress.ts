/**
 * Reads what mmdebstrap, apt and dpkg print, and says how far they are. Bytes count while downloading, packages while
 * unpacking and setting up; the share of each phase is its part of the time on an ordinary machine and line.
 */

export type Progress = {
  /** What is being done, for people: "unpacking packages". */
  readonly step: string
  /** 0 to 1 of the whole bootstrap; never goes back. */
  readonly fraction: number
}

type Phase = { readonly step: string; readonly from: number; readonly to: number }

const phases = {
  lists: { step: 'reading the package lists', from: 0, to: 0.08 },
  baseDownload: { step: 'downloading the base system', from: 0.08, to: 0.12 },
  baseSetUp: { step: 'setting up the base system', from: 0.12, to: 0.3 },
  download: { step: 'downloading packages', from: 0.3, to: 0.45 },
  unpack: { step: 'unpacking packages', from: 0.45, to: 0.9 },
  setUp: { step: 'setting up packages', from: 0.9, to: 0.98 },
  clean: { step: 'cleaning up', from: 0.98, to: 1 },
} satisfies Record<string, Phase>

type Position = { readonly phase: Phase /** 0 to 1 of the phase */; readonly part: number }

export class BootstrapProgress {
  #phase: Phase = phases.lists
  #installing = false
  #packages = 0
  #needBytes = 0
  #doneBytes = 0
  #unpacked = 0
  #setUp = 0
  #fraction = 0

  /** Takes one line of output; returns where we are. */
  read(line: string): Progress {
    const position = line.startsWith('I: ') ? this.#stageOf(line) : this.#positionOf(line)
    if (position !== null) {
      const { from, to } = position.phase
      const fraction = from + (to - from) * Math.min(1, Number.isFinite(position.part) ? position.part : 0)
      if (fraction >= this.#fraction) {
        this.#fraction = fraction
        this.#phase = position.phase
      }
    }
    return { step: this.#phase.step, fraction: this.#fraction }
  }

  /** Lines of mmdebstrap itself. */
  #stageOf(line: string): Position | null {
    if (line.startsWith('I: downloading packages')) return { phase: phases.baseDownload, part: 0 }
    if (line.startsWith('I: extracting archives')) return { phase: phases.baseSetUp, part: 0 }
    if (line.startsWith('I: installing remaining packages')) {
      this.#installing = true
      return { phase: phases.download, part: 0 }
    }
    if (line.startsWith('I: cleaning')) return { phase: phases.clean, part: 0 }
    return line.startsWith('I: success') ? { phase: phases.clean, part: 1 } : null
  }

  /** Lines of apt and dpkg. */
  #positionOf(line: string): Position | null {
    const packages = /^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1]
    if (packages !== undefined) {
      this.#packages = Number(packages)
      this.#unpacked = 0
      this.#setUp = 0
      return null
    }
    const need = /^Need to get (?:[\d.,]+ \S+\/)?([\d.,]+) (\S*B) /.exec(line)
    if (need !== null) {
      this.#needBytes = bytesOf(need[1] ?? '', need[2] ?? '')
      this.#doneBytes = 0
      return null
    }
    const got = /^Get:\d+ .* \[([\d.,]+) (\S*B)\]$/.exec(line)
    if (got !== null) {
      this.#doneBytes += bytesOf(got[1] ?? '', got[2] ?? '')
      if (this.#needBytes === 0) return null // the package lists: their size is not told beforehand
      return { phase: this.#installing ? phases.download : phases.baseDownload, part: this.#doneBytes / this.#needBytes }
    }
    if (line.startsWith('Unpacking ') && this.#installing)
      return { phase: phases.unpack, part: ++this.#unpacked / this.#packages }
    return line.startsWith('Setting up ') ? this.#setUpPosition() : null
  }

  #setUpPosition(): Position | null {
    const part = ++this.#setUp / this.#packages
    if (!this.#installing) return { phase: phases.baseSetUp, part }
    // Some are set up between the unpacking of others; the phase begins when all are unpacked.
    return this.#unpacked >= this.#packages ? { phase: phases.setUp, part } : null
  }
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }

const bytesOf = (amount: string, unit: string): number => Number(amount.replaceAll(',', '')) * (units[unit] ?? 1)
