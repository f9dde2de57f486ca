/** The text of a version, or null when it is none. */
export function textOfBytes(bytes: ArrayBuffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\u0000') ? null : text
  } catch {
    return null
  }
}

/** Instead of an author's name. A template and a fork begin with what nobody here wrote. */
export const nobody = (version: number | null): string => (version === 1 ? 'as it began' : 'unknown')

/** "14:05", with the day when it is another one than today. */
export function momentText(iso: string, nowMs: number): string {
  const [at, now] = [new Date(iso), new Date(nowMs)]
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  if (at.toDateString() === now.toDateString()) return time
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const }
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year })}, ${time}`
}

/** Versions as they were made: the day is said once. */
export function dayText(iso: string, nowMs: number): string {
  const at = new Date(iso)
  const days = Math.round((new Date(nowMs).setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return at.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
}
