import { Context, Effect, LogLevel, References } from "effect"
import type { Account } from "./environment.ts"

const levelOf = ({ status, defect }: Account) => (defect !== null ? "Error" : status >= 500 ? "Warn" : "Info")

/**
 * Writes one line for each request through the services' logger: who asked for what, and how it ended. Never a body, a
 * query or a header. Where the level leaves it out, it costs nothing.
 */
export const make = <R>(services: Context.Context<R>): ((account: Account) => void) => {
  const minimum = Context.get(services, References.MinimumLogLevel)
  const fork = Effect.runForkWith(services)
  return (account) => {
    const level = levelOf(account)
    if (LogLevel.isLessThan(level, minimum)) return
    const { exchange, method, route, status, bytes, elapsedMs, actor, defect } = account
    const line = {
      requestId: exchange.requestId,
      organizationId: actor?.organizationId ?? null,
      actorId: actor?.id ?? null,
      method,
      route,
      status,
      elapsedMs: Math.round(elapsedMs * 1000) / 1000,
      bytes
    }
    fork(Effect.logWithLevel(level)("request", line, ...(defect === null ? [] : [defect])))
  }
}
