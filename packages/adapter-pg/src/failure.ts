import { Store } from "@itsm/core/kernel"
import { type Context, Effect, Fiber } from "effect"
import type { SqlError } from "effect/sql"
import { uniqueKeys } from "./schema-sql.ts"

/** What PostgreSQL says of an error, as far as the store asks. */
interface Fields {
  readonly code?: string
  readonly detail?: string
  readonly constraint?: string
}

const fieldsOf = (error: SqlError.SqlError): Fields =>
  typeof error.reason.cause === "object" && error.reason.cause !== null ? error.reason.cause : {}

/** Longer than a statement of the store ever takes in health, shorter than callers wait for an answer. */
const deadlineMs = 4000

const unavailable = (cause: unknown) => Effect.die(new Store.StorageUnavailable({ cause }))

/**
 * Connection lost (08), no resources, disk full (53), stopped or starting (57P0x), canceled by the timeout or waited
 * too long (57014, 55P03), a standby that takes no writes (25006), the deadlock's loser (40P01).
 */
const unavailableCode = /^(08|53|57P0|57014|55P03|25006|40P01|40001)/

const isUnavailable = (error: SqlError.SqlError): boolean =>
  error.reason._tag === "ConnectionError" ||
  error.reason._tag === "AuthenticationError" ||
  unavailableCode.test(fieldsOf(error).code ?? "")

/**
 * The answer of a statement, or `StorageUnavailable` as a defect where there is none within the deadline of wall-clock
 * time. A statement that was given up is canceled, but not waited for: a connection that hangs would hold the caller.
 */
export const withDeadline = <A>(
  statement: Effect.Effect<A, SqlError.SqlError>,
  withinMs = deadlineMs
): Effect.Effect<A, SqlError.SqlError> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.callback<A, SqlError.SqlError>((resume) => {
      const fiber = Effect.runForkWith(context)(statement)
      const giveUp = () => Effect.runFork(Fiber.interrupt(fiber))
      const timer = setTimeout(() => {
        resume(unavailable(new Error(`The database gave no answer in ${withinMs} ms.`)))
        giveUp()
      }, withinMs)
      fiber.addObserver((exit) => {
        clearTimeout(timer)
        resume(exit)
      })
      return Effect.sync(() => {
        clearTimeout(timer)
        giveUp()
      })
    })
  ).pipe(Effect.catch((error) => (isUnavailable(error) ? unavailable(error) : Effect.fail(error))))

/** What went wrong with a commit, in the words of the port; a defect where the port has none. */
export const toCommitError = (
  error: SqlError.SqlError,
  changes: ReadonlyArray<Store.Change>
): Effect.Effect<never, Store.CommitError> => {
  const { code, detail = "", constraint } = fieldsOf(error)
  const [entity = "", id = ""] = detail.split(" ")
  if (code === "IT001") return Effect.fail(new Store.VersionConflict({ entity, id }))
  if (code === "IT002") return Effect.fail(new Store.CounterRefused({ entity, id }))
  if (code === "23505") {
    for (const change of changes) {
      const key = uniqueKeys(change.entity).find(({ name }) => name === constraint)
      if (key !== undefined) {
        return Effect.fail(new Store.UniqueViolation({ entity: change.entity.name, fields: key.fields }))
      }
    }
  }
  return Effect.die(error)
}
