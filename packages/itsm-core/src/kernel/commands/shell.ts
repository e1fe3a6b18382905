import { Clock, Effect, Random, Result } from "effect"
import { CurrentActor, CurrentOrigin } from "../access/actor.ts"
import { wholeOf } from "../access/visible.ts"
import * as Whereabouts from "../access/whereabouts.ts"
import type { Seen, Whole } from "../access/whereabouts.ts"
import type { AnyEntity, AnyRecord, RecordOf } from "../model/entity.ts"
import type {
  ChangesDisagree,
  DepthExceeded,
  NotFound,
  PreconditionFailed,
  PreconditionRequired,
  ValidationFailed
} from "../model/errors.ts"
import { Contention, Duplicate, type GuardFailed, PermissionDenied, StateConflict } from "../model/errors.ts"
import { idSource } from "../model/id.ts"
import * as Instant from "../model/instant.ts"
import { Kernel } from "../running/kernel.ts"
import * as Reader from "../storage/reader.ts"
import type { Change } from "../storage/store.ts"
import * as Admission from "./admission.ts"
import { CurrentCause } from "./cause.ts"
import { ChangeSet, ReadApart } from "./change-set.ts"
import type { Command, Moment } from "./command.ts"
import { begin, commitOf } from "./commit.ts"
import { customized } from "./customized.ts"
import type { Event } from "./event.ts"
import { AlreadyAnswered, type Held, isElsewhere } from "./held.ts"
import { type Answer, type IdempotencyKeyReused, IdempotencyRecord, type IdempotencyRequest } from "./idempotency.ts"
import { adding, react } from "./reacting.ts"
import { readInput } from "./references.ts"
import { kept, replay } from "./replay.ts"

export { audit, auditChange } from "./auditing.ts"

/** What a caller asks of a command. */
export interface Request<E = never> {
  readonly id?: string
  /** Read only after permission and visibility are settled: a caller without them learns nothing from it. */
  readonly input: Effect.Effect<unknown, E>
  readonly expectedVersion?: number | undefined
  readonly preconditionRequired?: boolean
  /** Decides everything and stores nothing. */
  readonly dryRun?: boolean
  readonly idempotency?: IdempotencyRequest<Outcome> | undefined
  /**
   * The held work that this command answers: the commit consumes it, so that it is answered once. Fails with
   * `AlreadyAnswered` where somebody else came first.
   */
  readonly answers?: Held
}

export interface Outcome {
  /** Of a command without a record of its own: its id alone, with the version 0. */
  readonly record: AnyRecord
  /** The record that the command made beside it. */
  readonly made: AnyRecord | undefined
  /** What the record is a part of. */
  readonly whole: Whole | undefined
  /** What a command without a record of its own gives back. */
  readonly output?: unknown
  readonly events: ReadonlyArray<Event>
}

/** The errors that every command can give. */
export type ShellError =
  | ValidationFailed
  | PermissionDenied
  | NotFound
  | PreconditionFailed
  | PreconditionRequired
  | Duplicate
  | GuardFailed
  | ChangesDisagree
  | DepthExceeded
  | Contention

const maxAttempts = 10

// waiting for another writer is a matter of real time, whatever clock the domain lives by
const realClock = Clock.Clock.defaultValue()
const pause = (ms: number) => Effect.provideService(Effect.sleep(ms), Clock.Clock, realClock)

/**
 * Runs a command: authorize, load through the caller's visibility, check the version, read the input, gather, decide,
 * react, commit. Until the commit nothing is written. Where another writer came first and the caller named no version,
 * it starts again with the record as it is then.
 */
export const execute = Effect.fnUntraced(function* <
  E extends AnyEntity,
  In,
  Err,
  Made extends AnyEntity,
  InputErr = never
>(
  command: Command<E, In, Err, Made>,
  request: Request<InputErr>
): Effect.fn.Return<
  Outcome | Answer,
  Err | InputErr | ShellError | IdempotencyKeyReused | AlreadyAnswered,
  Kernel | CurrentActor
> {
  const kernel = yield* Kernel
  const caller = yield* CurrentActor
  const origin = yield* CurrentOrigin
  const led = yield* CurrentCause
  const cause = { ...led, correlationId: led.correlationId ?? origin.requestId }
  const called = { kernel, caller, origin, command, id: request.id, isDryRun: request.dryRun === true }
  const bar = Admission.barred(called)
  if (bar !== undefined) return yield* Admission.deny(called, caller, undefined, bar)
  const freshId = yield* idSource
  // what is read as it comes cannot be read again
  const attempts = command.upload === undefined ? maxAttempts : 1
  let given: In | undefined
  for (let attempt = 1; ; attempt++) {
    const now = yield* Instant.now
    const fresh = freshId<string>()
    // the record, as the caller sees it
    const found = yield* Admission.load(called)
    const record = found?.record
    const actor = Admission.actingIn(called, record, fresh)
    const read = Reader.make(kernel, actor)
    if (record !== undefined) {
      const reason = Admission.refused(called, actor, record, found?.whole, "here")
      if (reason !== undefined) return yield* Admission.deny(called, actor, found, reason)
    }
    if (request.idempotency !== undefined) {
      const answer = yield* replay(kernel, actor, request.idempotency, now)
      if (answer !== undefined) return answer
    }
    const checkVersion = (present: AnyRecord) =>
      Admission.checkVersion(present, request.expectedVersion, request.preconditionRequired === true)
    if (record !== undefined) yield* checkVersion(record)
    // the input, of which nobody without permission learns anything
    if (given === undefined) {
      const raw = yield* request.input
      const closed = Admission.closed(called, actor, found, raw)
      if (closed.length > 0) {
        const reason = `You may not change ${closed.map((name) => `"${name}"`).join(", ")} here.`
        return yield* Admission.deny(called, actor, found, reason, closed)
      }
      given = yield* readInput(kernel, actor, command, raw)
    }
    const input = yield* customized(kernel, read, command, record, given)
    // the decision, and what the reactions of the same commit add to it
    const moment: Moment = { actor, now, cause, freshId: fresh }
    const plan = yield* command.plan(record as RecordOf<E> | undefined, input, moment, read).pipe(
      Effect.tapError((error) =>
        error instanceof PermissionDenied
          ? Effect.ignore(Admission.deny(called, actor, found, error.message))
          : Effect.void
      ),
      Effect.mapError((error) => forCaller(called, found, now, error))
    )
    const set = new ChangeSet(moment, freshId)
    const reacted = yield* Effect.result(
      Effect.andThen(
        adding(() => begin(set, command, plan, record, moment)),
        react({ catalogue: kernel.catalogue, set, read, moment, freshId }, plan.events, cause)
      )
    )
    if (Result.isFailure(reacted)) {
      if (!(reacted.failure instanceof ReadApart)) return yield* reacted.failure
      yield* again(attempt, attempts)
      continue
    }
    const raised = reacted.success
    const whole = found?.whole ?? (yield* wholeOf(kernel, caller, command.entity, plan.create))
    const draft = record ?? plan.create
    const departmentAround = yield* Whereabouts.departmentAround(read, command.entity, draft, whole)
    const situation = { before: record, departmentAround, moment, origin, cause, freshId }
    const built = commitOf(kernel.catalogue, command, plan, set, raised, situation)
    if (record === undefined) {
      const reason =
        command.kind === "collection"
          ? yield* Admission.refusedOfMany(called, actor, plan, moment)
          : Admission.refused(called, actor, built.record, whole, "there")
      if (reason !== undefined) return yield* Admission.deny(called, actor, undefined, reason)
    }
    const outcome: Outcome = {
      record: built.record,
      made: built.made,
      whole,
      events: raised.map(({ event }) => event),
      output: plan.output
    }
    if (called.isDryRun) return outcome
    // the commit: all of it or nothing
    const changes = [
      ...answered(built.changes, request.answers),
      ...kept(request.idempotency, outcome, moment, freshId)
    ]
    const committed = yield* Effect.result(kernel.store.commit({ organizationId: actor.organizationId }, changes))
    if (Result.isSuccess(committed)) {
      if (request.answers !== undefined) request.answers.isAnswered = true
      return outcome
    }
    const failure = committed.failure
    if (request.answers !== undefined && (yield* isElsewhere(kernel.store, request.answers))) {
      const { entity, current } = request.answers
      return yield* new AlreadyAnswered({ entity: entity.name, id: current.id })
    }
    if (failure._tag === "UniqueViolation") {
      if (failure.entity === IdempotencyRecord.name) continue
      // another one was the first to set the setting
      if (record?.version === 0 && failure.entity === command.entity.name) continue
      return yield* new Duplicate({ entity: failure.entity, fields: failure.fields })
    }
    if (failure._tag === "CounterRefused") {
      const refusal = set.refusalOf(failure.entity, failure.id)
      if (refusal !== undefined) return yield* refusal
    }
    if (request.expectedVersion !== undefined && failure._tag === "VersionConflict" && record !== undefined) {
      const current = (yield* Admission.load(called))!.record
      if (current.version !== request.expectedVersion) yield* checkVersion(current)
    }
    yield* again(attempt, attempts)
  }
})

/** Waits a moment before the next attempt; fails after the last one. */
const again = (attempt: number, most: number): Effect.Effect<void, Contention> =>
  attempt >= most
    ? Effect.fail(new Contention({}))
    : Effect.flatMap(Random.next, (random) => pause(1 + random * 4 * attempt))

/** The work that is answered is consumed, also where the command sets the same timer anew or takes it away. */
const answered = (changes: ReadonlyArray<Change>, held: Held | undefined): ReadonlyArray<Change> => {
  if (held === undefined) return changes
  const { id, version, ...rest } = held.current
  const others = changes.filter((change) => change.kind !== "drop" || change.key !== rest["key"])
  return [{ kind: "consume", entity: held.entity, id, expectedVersion: version }, ...others]
}

/** A conflict names the actions that this caller may call now, as the record itself does. */
const forCaller = <Err>(
  { kernel, caller, command }: Admission.Called,
  found: Seen | undefined,
  now: Instant.Instant,
  error: Err
): Err => {
  const actions = kernel.catalogue.actions.get(command.entity.name)
  if (!(error instanceof StateConflict) || found === undefined || actions === undefined) return error
  const { action, currentState } = error
  return new StateConflict({ action, currentState, allowedActions: actions.allowed(caller, found, now) }) as Err &
    StateConflict
}
