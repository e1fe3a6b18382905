import { type PgClient, PgConnection } from "@effect/sql-pg"
import type { Store } from "@itsm/core/kernel"
import { Cause, Clock, Effect, Exit, Queue, Scope } from "effect"
import { randomUUID } from "node:crypto"
import { withDeadline } from "./failure.ts"
import { channel, decode } from "./touched-message.ts"

/** Readers fall back when the last answered question is 800 ms old: an answer may be half a second late. */
const beatMs = 300
const proofMs = 2000
const longestPauseMs = 10_000
const closingMs = 500

type Told = (touched: Store.Touched | "everywhere") => void

interface State {
  /** Real time at which a question was sent whose answer came: what was committed before has been told. */
  heardAt: number
}

const proofOf = (id: string) => `proof ${id}`
const isProof = (payload: string) => payload.startsWith(proofOf(""))

/** Closes what the connection holds; a connection that is cut off is not waited for. */
const closed = (scope: Scope.Closeable) =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), closingMs)
    Effect.runFork(Scope.close(scope, Exit.void)).addObserver(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
  })

/**
 * One connection that listens, for as long as it can be trusted. It fails when the database is cut off, when its answers
 * come from another session than the one that listens, and where a pooler keeps messages back.
 */
const listen = Effect.fnUntraced(function* (client: PgClient.PgClient, told: Told, state: State) {
  const scope = yield* Scope.Scope
  const connection = yield* PgConnection.make({
    ...client.config,
    applicationName: `${client.config.applicationName ?? "itsm"} watch`
  })
  const session = yield* connection.pin
  const messages = yield* withDeadline(Scope.provide(session.listen(channel), scope))

  // a pooler that lends connections for single transactions takes LISTEN and loses what comes later
  const id = randomUUID()
  yield* withDeadline(client.notify(channel, proofOf(id)))
  const proven = Effect.repeat(Queue.take(messages), { until: ({ payload }) => payload === proofOf(id) })
  yield* Effect.timeout(proven, proofMs)
  // from here on nothing is missed; before, anything may have been
  told("everywhere")

  const tell = Effect.map(Queue.clear(messages), (all) => {
    for (const { payload } of all) if (!isProof(payload)) told(decode(payload))
  })
  const hear = Effect.forever(Effect.andThen(Queue.peek(messages), tell))
  const beat = Effect.gen(function* () {
    while (true) {
      const sentAt = performance.now()
      const { rows } = yield* withDeadline(session.query("SELECT pg_backend_pid() AS pid"))
      if (rows[0]?.["pid"] !== session.processId)
        return yield* Effect.fail(new Error("The database answers from another session."))
      // the database sends what it has to tell before it answers
      yield* tell
      state.heardAt = sentAt
      yield* Effect.sleep(beatMs)
    }
  })
  return yield* Effect.raceFirst(hear, beat)
})

/** Listens, again and again: what may have been missed in between is told as `everywhere`. */
const run = Effect.fnUntraced(function* (client: PgClient.PgClient, told: Told, state: State) {
  let failures = 0
  while (true) {
    const scope = Scope.makeUnsafe()
    const exit = yield* Scope.provide(listen(client, told, state), scope).pipe(
      Effect.ensuring(closed(scope)),
      Effect.exit
    )
    if (Number.isFinite(state.heardAt)) failures = 0
    state.heardAt = Number.NEGATIVE_INFINITY
    if (failures++ === 0 && Exit.isFailure(exit))
      yield* Effect.logWarning(
        "changes by other processes are not heard at once: nothing is remembered for as long as a second",
        Cause.pretty(exit.cause)
      )
    yield* Effect.sleep(Math.min(50 * 2 ** failures, longestPauseMs))
  }
})

/** The watch of a store in the database of this client, with a connection of its own beside the pool. */
export const watchWith =
  (client: PgClient.PgClient): NonNullable<Store.StoreShape["watch"]> =>
  (told) =>
    Effect.gen(function* () {
      const state: State = { heardAt: Number.NEGATIVE_INFINITY }
      // real time, whatever clock the domain lives by
      const listening = Effect.provideService(run(client, told, state), Clock.Clock, Clock.Clock.defaultValue())
      yield* Effect.forkScoped(listening)
      return { behindMs: () => performance.now() - state.heardAt }
    })
