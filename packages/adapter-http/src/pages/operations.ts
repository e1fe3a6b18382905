import { Effect } from "effect"
import type { Gauge, Metrics } from "../metrics.ts"
import * as Reply from "../reply.ts"
import type { Page } from "./page.ts"

/** Something that the server needs, or could do without for a while. */
export interface Check<R = never> {
  readonly name: string
  readonly required: boolean
  readonly run: Effect.Effect<unknown, unknown, R>
}

const probed = "Asked every few seconds by whatever runs the server, which must not be told to come back later."
const checkTimeout = "3 seconds"

const examine = <R>({ name, required, run }: Check<R>) =>
  Effect.gen(function* () {
    const start = performance.now()
    const ended = yield* Effect.exit(Effect.timeout(run, checkTimeout))
    const durationMs = Math.round((performance.now() - start) * 10) / 10
    return { name, required, status: ended._tag === "Success" ? "up" : "down", durationMs }
  })

const readiness = <R>(checks: ReadonlyArray<Check<R>>) =>
  Effect.map(Effect.forEach(checks, examine, { concurrency: "unbounded" }), (results) => {
    const isReady = results.every(({ required, status }) => status === "up" || !required)
    const body = { status: isReady ? "ready" : "not_ready", checks: results }
    return isReady ? Reply.json(200, body) : Reply.json(503, body, { "Retry-After": "5" })
  })

interface Operations<R> {
  readonly metrics: Metrics
  readonly checks?: ReadonlyArray<Check<R>>
  readonly gauges?: Effect.Effect<ReadonlyArray<Gauge>, never, R>
}

/** `/healthz`: the process runs. `/readyz`: it can serve. `/metrics`: what it did, as Prometheus reads it. */
export const operationPages = <R = never>({
  metrics,
  checks = [],
  gauges = Effect.succeed([])
}: Operations<R>): ReadonlyArray<Page<R>> => [
  { path: "/healthz", unlimited: probed, run: () => Effect.succeed(Reply.json(200, { status: "ok" })) },
  { path: "/readyz", unlimited: probed, run: () => readiness(checks) },
  {
    path: "/metrics",
    unlimited: probed,
    run: () =>
      Effect.map(gauges, (known) => ({
        status: 200,
        body: metrics.text(known),
        headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }
      }))
  }
]
