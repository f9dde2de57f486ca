/** From what a failed build printed to a reason and a remedy that a person can act on. Pure. */

export type Failure = { readonly reason: string; readonly remedy: string }

export type FailedStep = {
  readonly step: string
  readonly lines: readonly string[]
  readonly exitCode: number | null
  /** Killed because it printed nothing for too long. */
  readonly silent: boolean
  readonly mirrorHost: string
  readonly logFile: string
}

const again = 'The build is tried again at the next start.'

export function explainFailure({ step, lines, exitCode, silent, mirrorHost, logFile }: FailedStep): Failure {
  const has = (pattern: RegExp): RegExpExecArray | undefined => {
    for (const line of lines) {
      const found = pattern.exec(line)
      if (found !== null) return found
    }
    return undefined
  }
  const noSpace = { reason: 'the disk is full', remedy: `Make 3 GB of room for the data folder. ${again}` }
  if (has(/No space left on device|not enough free space/i)) return noSpace
  if (has(/NO_PUBKEY|is not signed|EXPKEYSIG|public key is not available|keyring .* (not found|does not exist)/i)) {
    return {
      reason: `the signature of the packages at ${mirrorHost} could not be checked`,
      remedy: `Type: apt-get install --reinstall debian-archive-keyring, and look at the clock of this machine. ${again}`,
    }
  }
  if (has(/does not have a Release file|404 +Not Found/i)) {
    return {
      reason: `the mirror ${mirrorHost} does not have the release that the image is made of`,
      remedy: `Let /etc/apt/sources.list name a complete mirror. ${again}`,
    }
  }
  if (
    has(
      /Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection (refused|timed out|failed)|Network is unreachable|Failed to fetch|No route to host/i,
    )
  ) {
    return {
      reason: `the package mirror ${mirrorHost} could not be reached`,
      remedy: `Connect this machine to the network. ${again}`,
    }
  }
  const unknown = has(/Unable to locate package (\S+)/)?.[1]
  if (unknown !== undefined) {
    return {
      reason: `there is no package "${unknown}" at ${mirrorHost}`,
      remedy: 'Correct image.packages in the manifest under languages/.',
    }
  }
  if (silent) return { reason: `"${step}" made no progress for ten minutes`, remedy: again }
  const last =
    lines.findLast((line) => /^(E:|error:)/i.test(line)) ??
    lines.findLast((line) => line.trim() !== '') ??
    `exit code ${exitCode}`
  return { reason: `"${step}" failed: ${last.slice(0, 200)}`, remedy: `The log is in ${logFile}. ${again}` }
}
