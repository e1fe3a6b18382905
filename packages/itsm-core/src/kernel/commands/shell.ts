import { Clock, Effect, Random, Result } from "effect"
import { type Actor, CurrentActor, CurrentOrigin, inOrganization, isOutside, type Origin } from "../access/actor.ts"
import { type AuditActor, type AuditFacts, AuditLog, auditDraft } from "./audit.ts"
import type { AnyCommand, Command, Moment, Plan } from "./command.ts"
import * as C from "../model/condition.ts"
import { commitOf } from "./commit.ts"
import type { AnyEntity, AnyRecord, RecordOf } from "../model/entity.ts"
import { notDeleted } from "../model/entity.ts"
import type { NotFound } from "../model/errors.ts"
import {
  Contention,
  Duplicate,
  PermissionDenied,
  PreconditionFailed,
  PreconditionRequired,
  StateConflict,
  ValidationFailed
} from "../model/errors.ts"
import type { Event } from "./event.ts"
import { type Answer, IdempotencyKeyReused, IdempotencyRecord, type IdempotencyRequest } from "./idempotency.ts"
import { type Id, idSource, isId } from "../model/id.ts"
import { stamp } from "../model/stamp.ts"
import { missingReference, pointerTo } from "../model/input.ts"
import * as Instant from "../model/instant.ts"
import { Kernel, type KernelShape } from "../running/kernel.ts"
import { closedFields } from "../access/mask.ts"
import { mayEver, permits, visible } from "../access/policy.ts"
import * as Reader from "../storage/reader.ts"
import type { Change, Probe } from "../storage/store.ts"
import { type Timer, Timer as TimerEntity } from "./timer.ts"
import { only, type Seen, seenWithin } from "../access/visible.ts"
import * as Whereabouts from "../access/whereabouts.ts"

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
  /** The timer that this command answers: the commit consumes it, so that it is answered once. */
  readonly timer?: Timer
}

export interface Outcome {
  /** Of a command without a record of its own: its id alone, with the version 0. */
  readonly record: AnyRecord
  /** The record that the command made beside it. */
  readonly made: AnyRecord | undefined
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
  | Contention

const maxAttempts = 10

// waiting for another writer is a matter of real time, whatever clock the domain lives by
const realClock = Clock.Clock.defaultValue()
const pause = (ms: number) => Effect.provideService(Effect.sleep(ms), Clock.Clock, realClock)

/**
 * Runs a command: authorize, load through the caller's visibility, check the version, read the input, gather, decide,
 * commit. Until the commit nothing is written. Where another writer came first and the caller named no version, it
 * starts again with the record as it is then.
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
): Effect.fn.Return<Outcome | Answer, Err | InputErr | ShellError | IdempotencyKeyReused, Kernel | CurrentActor> {
  const kernel = yield* Kernel
  const caller = yield* CurrentActor
  const origin = yield* CurrentOrigin
  let actor = caller
  if (!mayEver(actor, command.permission)) {
    return yield* deny(kernel, actor, origin, command, request, undefined, `You may not "${command.permission}".`)
  }
  const freshId = yield* idSource
  let decoded: In | undefined
  for (let attempt = 1; ; attempt++) {
    const now = yield* Instant.now
    const fresh = freshId<string>()
    const found = hasNoRecord(command) ? undefined : yield* load(kernel, caller, command, request)
    const record = found?.record
    if (command.entity.isPlatform && caller.isSuperuser)
      actor = inOrganization(caller, record?.organizationId ?? (fresh as string as Id<"Organization">))
    const read = Reader.make(kernel, actor)
    if (record !== undefined && !permits(actor, command.entity, command.permission)(record)) {
      return yield* deny(kernel, actor, origin, command, request, found, `You may not "${command.permission}" here.`)
    }
    const apart = record === undefined ? true : command.separation(record, caller)
    if (apart !== true) return yield* deny(kernel, actor, origin, command, request, found, apart)
    if (request.idempotency !== undefined) {
      const answer = yield* replay(kernel, actor, request.idempotency, now)
      if (answer !== undefined) return answer
    }
    if (record !== undefined) yield* checkVersion(record, request)
    if (decoded === undefined) {
      const raw = yield* request.input
      const closed = record === undefined ? [] : closedFields(actor, command, record, raw)
      if (closed.length > 0) {
        const reason = `You may not change ${closed.map((name) => `"${name}"`).join(", ")} here.`
        return yield* deny(kernel, actor, origin, command, request, found, reason, closed)
      }
      decoded = yield* readInput(kernel, actor, command, raw)
    }
    const moment: Moment = { actor, now, freshId: fresh }
    const plan = yield* command.plan(record as RecordOf<E> | undefined, decoded, moment, read).pipe(
      Effect.tapError((error) =>
        isDenial(error)
          ? Effect.ignore(deny(kernel, actor, origin, command, request, found, error.message))
          : Effect.void
      ),
      Effect.mapError((error) => forActor(kernel, caller, command, record, now, error))
    )
    const additions = yield* react(kernel, plan.events, read, moment)
    const departmentAround = yield* Whereabouts.departmentAround(
      read,
      command.entity,
      record ?? plan.create,
      found?.whole
    )
    const built = commitOf(kernel.catalogue, command, plan, additions, {
      before: record,
      departmentAround,
      moment,
      origin,
      freshId
    })
    if (command.kind === "create" && !permits(actor, command.entity, command.permission)(built.record)) {
      return yield* deny(
        kernel,
        actor,
        origin,
        command,
        request,
        undefined,
        `You may not "${command.permission}" there.`
      )
    }
    const concerned = command.kind === "create" ? command.separation(built.record, caller) : true
    if (concerned !== true) return yield* deny(kernel, actor, origin, command, request, undefined, concerned)
    if (command.kind === "collection" && !isWithin(actor, command, plan, moment)) {
      const reason = `You may not "${command.permission}" all of these.`
      return yield* deny(kernel, actor, origin, command, request, undefined, reason)
    }
    const outcome: Outcome = { record: built.record, made: built.made, events: plan.events, output: plan.output }
    if (request.dryRun === true) return outcome
    const changes = [
      ...answered(built.changes, request.timer),
      ...idempotencyChange(actor, request, outcome, moment, freshId)
    ]
    const committed = yield* Effect.result(kernel.store.commit({ organizationId: actor.organizationId }, changes))
    if (Result.isSuccess(committed)) return outcome
    const failure = committed.failure
    if (failure._tag === "UniqueViolation") {
      if (failure.entity === IdempotencyRecord.name) continue
      return yield* new Duplicate({ entity: failure.entity, fields: failure.fields })
    }
    if (request.expectedVersion !== undefined && failure._tag === "VersionConflict" && record !== undefined) {
      const { record: current } = yield* load(kernel, caller, command, request)
      if (current.version !== request.expectedVersion) yield* checkVersion(current, request)
    }
    // what is read as it comes cannot be read again
    if (attempt >= maxAttempts || command.upload !== undefined) return yield* new Contention({})
    yield* pause(1 + (yield* Random.next) * 4 * attempt)
  }
})

const hasNoRecord = ({ kind }: AnyCommand) => kind === "create" || kind === "collection"

/** True where the command's permission covers each record of its kind that it changes, before and afterwards. */
const isWithin = (actor: Actor, { entity, permission }: AnyCommand, plan: Plan, moment: Moment): boolean => {
  const covered = permits(actor, entity, permission)
  return plan.also.every((change) => {
    if (change.entity !== entity) return true
    return change.kind === "insert"
      ? covered(stamp(moment, change.id ?? moment.freshId, change.draft))
      : covered(change.before) && covered({ ...change.before, ...change.after })
  })
}

/** What the reactions of the same commit add to a command that gave these events. */
const react = (kernel: KernelShape, events: ReadonlyArray<Event>, read: Reader.Reader, moment: Moment) =>
  Effect.all(
    events.flatMap((event) =>
      kernel.catalogue.inside(event.type).map((reaction) => reaction.react(event, read, moment))
    )
  )

/** The timer is consumed, unless the command itself sets it anew. */
const answered = (changes: ReadonlyArray<Change>, timer: Timer | undefined): ReadonlyArray<Change> => {
  if (timer === undefined || changes.some((change) => change.kind === "put" && change.record["key"] === timer.key))
    return changes
  const others = changes.filter((change) => change.kind !== "drop" || change.key !== timer.key)
  return [...others, { kind: "consume", entity: TimerEntity, id: timer.id, expectedVersion: timer.version }]
}

/** A conflict names the actions that this actor may call now, as the record itself does. */
const forActor = <Err>(
  kernel: KernelShape,
  actor: Actor,
  command: AnyCommand,
  record: AnyRecord | undefined,
  now: Instant.Instant,
  error: Err
): Err => {
  const actions = kernel.catalogue.actions.get(command.entity.name)
  if (!(error instanceof StateConflict) || record === undefined || actions === undefined) return error
  const { action, currentState } = error
  return new StateConflict({ action, currentState, allowedActions: actions.allowed(actor, record, now) }) as Err &
    StateConflict
}

const isDenial = (error: unknown): error is PermissionDenied => error instanceof PermissionDenied

const load = (
  kernel: KernelShape,
  actor: Actor,
  command: AnyCommand,
  request: Request<unknown>
): Effect.Effect<Seen, NotFound> =>
  command.kind === "replace"
    ? Effect.map(only(kernel, actor, command.entity), (record) => ({ record, whole: undefined }))
    : seenWithin(kernel, actor, command.entity, request.id ?? "", command.kind === "restore")

const checkVersion = (record: AnyRecord, request: Request<unknown>) => {
  if (request.expectedVersion === undefined) {
    return request.preconditionRequired === true ? Effect.fail(new PreconditionRequired({})) : Effect.void
  }
  return request.expectedVersion === record.version
    ? Effect.void
    : Effect.fail(new PreconditionFailed({ expectedVersion: request.expectedVersion, currentVersion: record.version }))
}

interface Given {
  readonly field: string
  readonly probe: Probe
}

const numbers = new WeakMap<Actor, number>()
let lastNumber = 0

/** One number for each actor as they were read: with other grants, the same person sees other records. */
const numberOf = (actor: Actor): number => {
  const known = numbers.get(actor)
  if (known !== undefined) return known
  numbers.set(actor, ++lastNumber)
  return lastNumber
}

/** Which references name a record that the actor may see. The answers about people, teams and other configuration are remembered. */
const areThere = (
  kernel: KernelShape,
  actor: Actor,
  given: ReadonlyArray<Given>
): Effect.Effect<ReadonlyArray<boolean>> => {
  const reach = { organizationId: actor.organizationId }
  const ask = ({ probe }: Given) => {
    const asked = Effect.map(kernel.store.exists(reach, [probe]), ([found]) => found === true)
    const key = `reference ${probe.entity.name} ${numberOf(actor)}`
    return probe.entity.isConfiguration
      ? kernel.recent.get(actor.organizationId, key, asked, { about: probe.id })
      : asked
  }
  return Effect.forEach(given, ask, { concurrency: "unbounded" })
}

const readInput = Effect.fnUntraced(function* <In>(
  kernel: KernelShape,
  actor: Actor,
  command: Pick<Command<AnyEntity, In, unknown, AnyEntity>, "decode" | "references">,
  raw: unknown
) {
  const input = yield* Effect.fromResult(command.decode(raw))
  const given = command.references.flatMap(({ field, target }) => {
    const id = (input as Readonly<Record<string, unknown>>)[field]
    const entity = kernel.catalogue.entities.get(target)
    const isOneself = target === "User" && id === actor.id
    return typeof id === "string" && entity !== undefined && !isOneself
      ? [{ field, probe: { entity, id, where: C.all([visible(actor, entity), notDeleted]) } }]
      : []
  })
  if (given.length === 0) return input
  const found = yield* areThere(kernel, actor, given)
  const errors = given.filter((_, index) => found[index] !== true).map((reference) => missingReference(reference.field))
  return errors.length === 0 ? input : yield* new ValidationFailed({ errors })
})

const replay = Effect.fnUntraced(function* (
  kernel: KernelShape,
  actor: Actor,
  request: IdempotencyRequest<Outcome>,
  now: Instant.Instant
) {
  const page = yield* kernel.store.find({ organizationId: actor.organizationId }, IdempotencyRecord, {
    where: C.all([actor.id === null ? C.isNull("actorId") : C.eq("actorId", actor.id), C.eq("key", request.key)]),
    sort: [],
    limit: 1
  })
  const known = page.items[0]
  if (known === undefined) return undefined
  if (known.expiresAt <= now) {
    // whoever else clears the way for the key has done the same
    yield* Effect.ignore(
      kernel.store.commit({ organizationId: actor.organizationId }, [
        { kind: "consume", entity: IdempotencyRecord, id: known.id, expectedVersion: known.version }
      ])
    )
    return undefined
  }
  if (known.fingerprint !== request.fingerprint) return yield* new IdempotencyKeyReused({})
  return { status: known.status, body: known.body, headers: known.headers } satisfies Answer
})

const idempotencyChange = (
  actor: Actor,
  request: Request<unknown>,
  outcome: Outcome,
  moment: Moment,
  freshId: () => string
): ReadonlyArray<Change> => {
  if (request.idempotency === undefined) return []
  const { key, fingerprint, render } = request.idempotency
  const draft = IdempotencyRecord.make({
    actorId: actor.id,
    key,
    fingerprint,
    ...render(outcome),
    expiresAt: Instant.plusMs(moment.now, Instant.dayMs)
  })
  return [{ kind: "insert", entity: IdempotencyRecord, record: stamp(moment, freshId(), draft) }]
}

/** Writes the denial to the audit log, then fails with it. */
const deny = Effect.fnUntraced(function* (
  kernel: KernelShape,
  actor: Actor,
  origin: Origin,
  command: AnyCommand,
  request: Request<unknown>,
  found: Seen | undefined,
  reason: string,
  fields: ReadonlyArray<string> = []
) {
  const errors = fields.map((name) => ({
    pointer: pointerTo([name]),
    code: "not_permitted",
    message: "may not be changed by you"
  }))
  const error = new PermissionDenied({
    permission: command.permission,
    reason,
    ...(errors.length === 0 ? {} : { errors })
  })
  if (request.dryRun !== true && !isOutside(actor)) {
    const record = found?.record
    const around = Whereabouts.departmentAround(Reader.make(kernel, actor), command.entity, record, found?.whole)
    yield* audit(kernel, actor, origin, {
      action: command.permission,
      entity: command.entity,
      id: record?.id ?? (request.id !== undefined && isId(request.id) ? request.id : null),
      number: typeof record?.["number"] === "string" ? record["number"] : null,
      departmentId: Whereabouts.departmentOf(command.entity, record) ?? (yield* around),
      outcome: "deny",
      reason,
      changes: []
    })
  }
  return yield* error
})

/** Writes one audit entry in a commit of its own: for what is not part of a command's. */
export const audit = Effect.fnUntraced(function* (
  kernel: KernelShape,
  actor: AuditActor & Pick<Actor, "organizationId">,
  origin: Origin,
  facts: AuditFacts
) {
  const change = yield* auditChange(actor, origin, facts)
  yield* Effect.orDie(kernel.store.commit({ organizationId: actor.organizationId }, [change]))
})

/** The change that puts an entry into the audit log, for a commit that holds what it speaks of. */
export const auditChange = Effect.fnUntraced(function* (
  actor: AuditActor & Pick<Actor, "organizationId">,
  origin: Origin,
  facts: AuditFacts
) {
  const now = yield* Instant.now
  const freshId = yield* idSource
  const record = stamp({ now, actor }, freshId(), auditDraft(actor, origin, facts))
  return { kind: "insert", entity: AuditLog, record } satisfies Change
})
