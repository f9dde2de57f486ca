/** The beginning of a file. The rest is not fetched: what nobody edits may have 32 MB. */
import type { Api } from '../connection/api.ts'

export async function firstBytes(api: Api, address: string, most: number, signal: AbortSignal): Promise<Uint8Array> {
  const enough = new AbortController()
  const response = await api.ask(address, { headers: { accept: '*/*' }, signal: AbortSignal.any([signal, enough.signal]) })
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const found = new Uint8Array(most)
  let length = 0
  while (length < most) {
    const { done, value } = await reader.read()
    if (done) break
    const taken = value.subarray(0, most - length)
    found.set(taken, length)
    length += taken.length
  }
  void reader.cancel().catch(() => {})
  enough.abort()
  return found.subarray(0, length)
}

/** Bytes as text, or null when they are none: not UTF-8, or with NUL. A character that the end cuts in two is left out. */
export function beginningOfText(bytes: Uint8Array, isWhole: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole })
    return text.includes('\u0000') ? null : text
  } catch {
    return null
  }
}
