import { createHash } from "node:crypto"
import { Effect, Result } from "effect"
import {
  Actor,
  type Command,
  type Entity,
  type Errors,
  type Idempotency,
  Instant,
  Kernel,
  Shell,
  Visible
} from "@itsm/core/kernel"
import * as Body from "../body.ts"
import type { Call } from "../call.ts"
import * as Etag from "../etag.ts"
import { flag, read as readQuery } from "../query.ts"
import { IdempotencyInProgress, InvalidIdempotencyKey, type ParameterError } from "../refusal.ts"
import * as Reply from "../reply.ts"
import type { Resource, Resources } from "./resource.ts"

/** What an answer needs to know of a kind of record. */
type Shown = Pick<Resource, "entity" | "path" | "show">

/** How a command stands on the wire. */
export interface CommandRoute {
  readonly resource: Shown
  readonly command: Command.AnyCommand
  readonly resources: Resources
  readonly status: number
  readonly bodyRequired: boolean
}

const isDryRunKey = (key: string) => key === "dryRun"
const visibleAscii = /^[\x21-\x7e]{1,255}$/

const subject = (
  { resource, command, resources }: CommandRoute,
  outcome: Shell.Outcome
): { readonly shown: Shown | undefined; readonly seen: Visible.Seen } => {
  const { record, made, whole } = outcome
  return made === undefined
    ? { shown: resource, seen: { record, whole } }
    : {
        shown: resources.get((command.makes as Entity.AnyEntity).name),
        seen: { record: made, whole: { entity: command.entity, record, whole } }
      }
}

const render =
  (route: CommandRoute, call: Call, actor: Actor.Actor, now: string) =>
  (outcome: Shell.Outcome): Idempotency.Answer => {
    const { shown, seen } = subject(route, outcome)
    const { record } = seen
    if (route.status === 204) return { status: 204, body: "", headers: {} }
    const location: Readonly<Record<string, string>> =
      (route.status === 201 || route.status === 202) && shown !== undefined
        ? { Location: `${call.base}${shown.path}${record.id}/` }
        : {}
    return {
      status: route.status,
      body: JSON.stringify(shown === undefined ? record : shown.show(actor, seen, now)),
      headers: { ETag: Etag.of(record), ...location }
    }
  }

const toReply = (answer: Idempotency.Answer, replayed: boolean): Reply.Reply => {
  const headers = replayed ? { ...answer.headers, "Idempotency-Replayed": "true" } : answer.headers
  return answer.body === "" ? Reply.empty(answer.status, headers) : Reply.text(answer.status, answer.body, headers)
}

const dryRunReply = (route: CommandRoute, actor: Actor.Actor, now: string, outcome: Shell.Outcome): Reply.Reply => {
  const headers = { "Dry-Run": "true" }
  if (route.status === 204) return Reply.empty(204, headers)
  const { shown, seen } = subject(route, outcome)
  const resource = shown === undefined ? seen.record : shown.show(actor, seen, now)
  return Reply.json(
    route.status,
    { resource, events: outcome.events.map(({ type, data }) => ({ type, data })) },
    headers
  )
}

/** The version that `If-Match` asks for; of several, the present one where it is among them. */
const expectedVersion = (
  ifMatch: Etag.IfMatch,
  load: Effect.Effect<Entity.AnyRecord, Errors.NotFound>
): Effect.Effect<number | undefined> => {
  if (typeof ifMatch === "string") return Effect.succeed(undefined)
  const first = ifMatch[0] ?? 0
  if (ifMatch.length <= 1) return Effect.succeed(first)
  return Effect.match(load, {
    onFailure: () => first,
    onSuccess: ({ version }) => (ifMatch.includes(version) ? version : first)
  })
}

const keyOf = (
  call: Call,
  key: string,
  bodyAndQuery: Uint8Array | undefined
): Pick<Idempotency.IdempotencyRequest<unknown>, "key" | "fingerprint"> => ({
  key: `${call.method} ${call.path} ${key}`,
  fingerprint: createHash("sha256")
    .update(bodyAndQuery ?? "")
    .update("\n")
    .update(call.search)
    .digest("hex")
})

const running = new WeakMap<Kernel.KernelShape, Set<string>>()

/** Lets one request with a key run at a time; a second one meanwhile is told so. */
const alone = <A, E, R>(
  kernel: Kernel.KernelShape,
  key: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | IdempotencyInProgress, R> =>
  Effect.suspend((): Effect.Effect<A, E | IdempotencyInProgress, R> => {
    let keys = running.get(kernel)
    if (keys === undefined) running.set(kernel, (keys = new Set()))
    const held = keys
    if (held.has(key)) return Effect.fail(new IdempotencyInProgress({}))
    held.add(key)
    return Effect.ensuring(
      effect,
      Effect.sync(() => held.delete(key))
    )
  })

/** Runs a command for a call. The kernel settles permission, visibility, replay and precondition before the body is read. */
export const run = (route: CommandRoute) => {
  const { command, resource } = route
  const needsVersion =
    resource.entity.role === "configuration" && (command.kind === "update" || command.kind === "remove")
  return Effect.fnUntraced(function* (call: Call) {
    const kernel = yield* Kernel.Kernel
    const actor = yield* Actor.CurrentActor
    const now = yield* Instant.now
    const id = call.params["id"]
    const dryRun = Result.flatMap(readQuery(call.search, isDryRunKey), (query) => flag(query, "dryRun"))
    const isDryRun = Result.isSuccess(dryRun) && dryRun.success
    const keyHeader = call.method === "POST" && !isDryRun ? call.request.headers.get("idempotency-key") : null
    const keyIsValid = keyHeader === null || visibleAscii.test(keyHeader)
    const readable: Result.Result<unknown, ParameterError | InvalidIdempotencyKey> = keyIsValid
      ? dryRun
      : Result.fail(new InvalidIdempotencyKey({}))
    const input = Effect.andThen(Effect.fromResult(readable), Body.read(call, route.bodyRequired))
    const ifMatch = command.kind === "create" ? "absent" : Etag.readIfMatch(call.request.headers.get("if-match"))
    const load =
      id === undefined
        ? Visible.only(kernel, actor, resource.entity)
        : Visible.seen(kernel, actor, resource.entity, id, command.kind === "restore")
    const version = yield* expectedVersion(ifMatch, load)
    const answer = render(route, call, actor, now)
    let rendered: Idempotency.Answer | undefined
    const key = keyHeader !== null && keyIsValid ? keyOf(call, keyHeader, call.body) : undefined
    const execution = Shell.execute(
      command as Command.Command<Entity.AnyEntity, unknown, Errors.DomainError, Entity.AnyEntity>,
      {
        ...(id === undefined ? {} : { id }),
        input,
        expectedVersion: version,
        preconditionRequired: needsVersion && ifMatch === "absent",
        dryRun: isDryRun,
        idempotency: key === undefined ? undefined : { ...key, render: (outcome) => (rendered = answer(outcome)) }
      }
    )
    const result = yield* key === undefined
      ? execution
      : alone(kernel, `${actor.organizationId} ${actor.id} ${key.key}`, execution)
    if (!("record" in result)) return toReply(result, true)
    return isDryRun ? dryRunReply(route, actor, now, result) : toReply(rendered ?? answer(result), false)
  })
}
