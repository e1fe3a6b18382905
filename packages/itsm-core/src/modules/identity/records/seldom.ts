import { Instant } from "../../../kernel/index.ts"

const minuteMs = 60_000
const mostRemembered = 10_000

/** True for each key once a minute, in this process: what is refused again and again fills no log. */
export const make = () => {
  const last = new Map<string, number>()
  return (key: string, now: Instant.Instant): boolean => {
    const ms = Instant.toEpochMs(now)
    if (ms - (last.get(key) ?? Number.NEGATIVE_INFINITY) < minuteMs) return false
    if (last.size >= mostRemembered) last.clear()
    last.set(key, ms)
    return true
  }
}
