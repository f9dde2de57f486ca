/**
 * Egress: the way out that a program gets when its request asks for it and the server allows it. The face of this folder.
 *
 * A box has a loopback interface and nothing else. With egress, something in the driver carries connections from
 * `proxyAddress` in the box to a unix socket on the host; there a proxy made for that execution alone decides about each.
 */
import { lookup } from 'node:dns/promises'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import type { Egress, Isolation } from '../sandbox.ts'
import { isPublicAddress } from './addresses.ts'
import { openProxy } from './proxy.ts'

export { covers, hostPattern } from './hosts.ts'

/** Drivers that carry connections out of their boxes. */
export const isolationsWithEgress: readonly Isolation[] = ['container', 'gvisor', 'microvm']

export const egressBitsPerSecond = 10_000_000

export type EgressPolicy = {
  /** Hosts as in `hosts.ts`; none: nobody gets out. */
  readonly hosts: readonly string[]
  readonly ports: readonly number[]
  /** What one execution may send and receive together. */
  readonly bytes: number
}

export type EgressOptions = {
  readonly policy: EgressPolicy
  readonly log: Log
  /** Where this process makes a folder of its own, and removes those of processes that were killed. By default a temporary one. */
  readonly folder?: string
  /** For tests: by default the machine's own resolver, and the public internet. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly isAllowedAddress?: (address: string) => boolean
}

/** What one proxy has beside or instead of what the policy gives to programs. */
export type EgressTerms = { readonly ports: readonly number[]; readonly bytes: number; readonly bitsPerSecond: number }

export type OpenEgress = Egress & { readonly usedBytes: number; close(): void }

export class EgressDoors {
  readonly policy: EgressPolicy
  /** Where all proxies' sockets are; drivers bring it to their boxes' side. Nobody but its owner can come past its parent. */
  readonly folder: string
  readonly #parent: string
  readonly #options: EgressOptions
  readonly #open = new Set<OpenEgress>()
  #count = 0

  constructor(options: EgressOptions) {
    this.#options = options
    this.policy = options.policy
    this.#parent = ownFolder(options.folder)
    this.folder = join(this.#parent, 'sockets')
    mkdirSync(this.folder)
    chmodSync(this.folder, 0o755)
  }

  /** The proxy of one execution, for `hosts` (all of them within the policy's). Whoever opens it closes it. `terms`: for what is no user's program. */
  async open(execution: string, hosts: readonly string[], terms?: EgressTerms): Promise<OpenEgress> {
    this.#count += 1
    const { ports, bytes, bitsPerSecond } = { bitsPerSecond: egressBitsPerSecond, ...this.policy, ...terms }
    const { log, resolve = lookUp, isAllowedAddress = isPublicAddress } = this.#options
    const proxy = await openProxy({
      ...{ execution, log, hosts, ports, bytes, resolve, isAllowedAddress, bitsPerSecond },
      socket: join(this.folder, String(this.#count)),
    })
    const open: OpenEgress = {
      proxySocket: proxy.socket,
      get usedBytes() {
        return proxy.usedBytes
      },
      close: () => {
        this.#open.delete(open)
        proxy.close()
      },
    }
    this.#open.add(open)
    return open
  }

  close(): void {
    for (const each of [...this.#open]) each.close()
    rmSync(this.#parent, { recursive: true, force: true })
  }
}

/** Addresses of sockets are short: 108 bytes with the end, and a number comes behind the folder. */
const longestPath = 80

function ownFolder(wanted: string | undefined): string {
  if (wanted === undefined || Buffer.byteLength(wanted) > longestPath) return mkdtempSync(join(tmpdir(), 'atelier-egress-'))
  mkdirSync(wanted, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(wanted))
    if (name === String(process.pid) || !existsSync(join('/proc', name)))
      rmSync(join(wanted, name), { recursive: true, force: true })
  const own = join(wanted, String(process.pid))
  mkdirSync(own, { mode: 0o700 })
  return own
}

async function lookUp(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address)
}
