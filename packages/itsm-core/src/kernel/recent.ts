import { Clock, Effect } from "effect"

/** How long configuration that another process changed may still be seen as it was. */
export const recentMs = 800

interface Entry {
  readonly until: number
  readonly value: unknown
}

/**
 * Remembers, for less than a second, what nearly every command reads and hardly any changes: roles, teams, settings.
 * What is written in this process is forgotten at once.
 */
export interface Recent {
  readonly get: <A, E, R>(organizationId: string, key: string, load: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly forget: (organizationId: string) => void
}

export const make = (): Recent => {
  const organizations = new Map<string, Map<string, Entry>>()
  const slot = (organizationId: string) => {
    let entries = organizations.get(organizationId)
    if (entries === undefined) organizations.set(organizationId, (entries = new Map()))
    return entries
  }
  return {
    get: (organizationId, key, load) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const entries = slot(organizationId)
        const known = entries.get(key)
        if (known !== undefined && known.until > now) return Effect.succeed(known.value as never)
        return Effect.tap(load, (value) =>
          Effect.sync(() => {
            // a write that came between load and now has put a fresh map in place of this one
            if (entries.size > 10_000) entries.clear()
            entries.set(key, { until: now + recentMs, value })
          })
        )
      }),
    forget: (organizationId) => void organizations.delete(organizationId)
  }
}
