/** How long something goes on working, as people say it; `null` is for ever. */
export function untilText(iso: string | null, nowMs: number): string {
  if (iso === null) return 'until revoked'
  const minutes = Math.ceil((Date.parse(iso) - nowMs) / 60_000)
  if (minutes <= 0) return 'expired'
  if (minutes < 60) return `${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}`
  const hours = Math.round(minutes / 60)
  if (hours < 48) return `${hours} more ${hours === 1 ? 'hour' : 'hours'}`
  return `${Math.round(hours / 24)} more days`
}
